//! The `undefer` command: arguments in, exit code out.

use std::io::{self, BufWriter};
use std::process::ExitCode;

use undefer::{cli::Cli, config::Config, exit::Exit, interrupt, unit};

fn main() -> ExitCode {
    start().unwrap_or_else(|error| undefer::fail(&mut io::stderr(), &error)).into()
}

fn start() -> anyhow::Result<Exit> {
    if let Some(request) = unit::request(std::env::args_os()) {
        return Ok(unit::answer(&request, &mut BufWriter::new(io::stdout()), &mut io::stderr())?);
    }
    let cli = match Cli::from_command_line() {
        Ok(cli) => cli,
        Err(aside) => return Ok(undefer::tell_aside(&aside)?),
    };
    // Who is asked may leave at once: nothing has been written then.
    if !cli.interactive {
        interrupt::listen()?;
    }
    let config = Config::resolve(&cli)?;
    Ok(undefer::run(&config, &mut BufWriter::new(io::stdout()), &mut io::stderr())?)
}
