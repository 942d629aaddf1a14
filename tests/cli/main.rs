//! The command as users meet it: arguments, exit codes, what is printed, and what becomes of files.

mod adoption;
#[cfg(unix)]
mod ask;
mod bugs;
mod configuration;
mod disk;
mod errors;
mod files;
mod formats;
mod forms;
mod guard;
mod ignores;
#[cfg(unix)]
mod interrupts;
mod modes;
mod outputs;
mod paths;
mod plan;
mod profile;
mod prove;
mod reports;
mod rules;
mod since;
mod strays;
mod unit;
mod verify;
mod workspace;
