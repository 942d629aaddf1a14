//! The command as users meet it: arguments, exit codes, what is printed, and what becomes of files.

mod bugs;
mod configuration;
mod disk;
mod files;
mod formats;
mod forms;
mod guard;
#[cfg(unix)]
mod interrupts;
mod modes;
mod outputs;
mod paths;
mod reports;
mod strays;
mod workspace;
