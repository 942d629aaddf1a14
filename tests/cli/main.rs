//! The command as users meet it: arguments, exit codes, what is printed, and what becomes of files.

mod adoption;
mod bugs;
mod configuration;
mod disk;
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
mod reports;
mod rules;
mod since;
mod strays;
mod workspace;
