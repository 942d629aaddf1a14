//! The `undefer` command: arguments in, exit code out.

use std::io::{self, BufWriter};
use std::process::ExitCode;

use undefer::{cli::Cli, config::Config, exit::Exit, interrupt};

fn main() -> ExitCode {
    let cli = Cli::from_command_line();
    start(&cli).unwrap_or_else(|error| undefer::fail(&mut io::stderr(), &error)).into()
}

fn start(cli: &Cli) -> anyhow::Result<Exit> {
    interrupt::listen()?;
    let config = Config::resolve(cli)?;
    Ok(undefer::run(&config, &mut BufWriter::new(io::stdout()), &mut io::stderr())?)
}
