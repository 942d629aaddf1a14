//! Colours. `console` is known here only.

use console::Style;

use crate::cli::Colour;

/// The parts of the output that are told apart by colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// The two header lines of a file's patch.
    Header,
    /// The `@@` line of a hunk.
    Hunk,
    /// A removed line.
    Removed,
    /// An added line.
    Added,
    /// A place: path, line and column.
    Place,
    /// A code.
    Code,
}

/// Whether standard output takes colours: the flag, then `NO_COLOR` and `CLICOLOR_FORCE`, then the terminal.
pub fn wanted(flag: Colour) -> bool {
    match flag {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            let forbidden = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
            !forbidden && console::colors_enabled()
        }
    }
}

/// `text` in the colour of `part`, or as it is.
pub fn paint(colour: bool, part: Part, text: &str) -> String {
    if !colour {
        return text.to_owned();
    }
    let style = Style::new().force_styling(true);
    let style = match part {
        Part::Header | Part::Place => style.bold(),
        Part::Hunk => style.cyan(),
        Part::Removed => style.red(),
        Part::Added => style.green(),
        Part::Code => style.dim(),
    };
    style.apply_to(text).to_string()
}
