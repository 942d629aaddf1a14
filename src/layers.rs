//! Where settings come from, the strongest place first: flags, variables of the environment, each `--config 'KEY = VALUE'`,
//! and one file, which is the nearest `.undefer.toml` from the current directory up to the root of its repository.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::paths::{relative, shown};
use crate::settings::{Layer, Located, Settings, SettingsError};
use crate::trouble::plain;

/// The name that a configuration file is found by.
pub const FILE: &str = ".undefer.toml";

/// What stands in the root of a repository.
const ROOT: &str = ".git";

/// What flags and variables of the environment say about configuration files.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Each a file or `KEY = VALUE`.
    pub configs: &'a [String],
    /// They come from the environment.
    pub from_environment: bool,
    /// No file is to be read.
    pub isolated: bool,
}

/// The places that have something to say.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// The strongest first.
    places: Vec<Layer>,
    /// The current directory, absolute.
    pub here: PathBuf,
    /// The folder of the file, absolute; where there is none, the current directory.
    folder: PathBuf,
}

/// A value of the strongest place that has one.
#[derive(Clone, Debug)]
pub struct Found<'a, T> {
    /// The place.
    pub layer: &'a Layer,
    /// The value.
    pub value: &'a Located<T>,
    /// What paths in it are relative to, absolute.
    pub folder: &'a Path,
}

/// A configuration that cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LayersError {
    /// It says something that cannot be used.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The file cannot be read.
    #[error("{name}: {}", plain(.error))]
    Unreadable {
        /// As it is to be named.
        name: String,
        /// Why.
        error: io::Error,
    },
    /// More than one file.
    #[error("--config {0}: only one file can be read, and --config {1} names another")]
    SecondFile(String, String),
    /// A file was named, and none is to be read.
    #[error("--config {0} does not go with --isolated, which reads no file: leave one of the two out")]
    Isolated(String),
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag, as it is spelled.
    Flag(String),
    /// A variable of the environment.
    Variable(String),
    /// A place in a file, or a `--config`.
    Place(String),
    /// Nobody said anything.
    Default,
}

impl Origin {
    /// What a message about the value of a key begins with.
    pub fn about(&self, key: &str) -> String {
        match self {
            Origin::Place(place) => format!("{place}: {key}"),
            other => other.to_string(),
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Flag(words) | Origin::Variable(words) | Origin::Place(words) => f.write_str(words),
            Origin::Default => f.write_str("default"),
        }
    }
}

impl Layers {
    /// Reads all that was asked for, seen from the directory `here`, which is absolute and without links.
    pub fn read(asked: Asked<'_>, here: &Path) -> Result<Self, LayersError> {
        let (mut layers, mut file): (Vec<Layer>, Option<&String>) = (Vec::new(), None);
        for config in asked.configs {
            // What was said last is the stronger.
            if config.contains('=') && !here.join(config).exists() {
                layers.insert(0, Layer::of_flag(config.clone())?);
            } else if let Some(other) = file.replace(config) {
                return Err(LayersError::SecondFile(other.clone(), config.clone()));
            }
        }
        let found = match file {
            Some(file) if asked.isolated && !asked.from_environment => {
                return Err(LayersError::Isolated(file.clone()));
            }
            _ if asked.isolated => None,
            Some(file) => Some((file.clone(), named(file, here)?)),
            None => nearest(here)?,
        };
        let (mut folder, here) = (here.to_owned(), here.to_owned());
        if let Some((name, text)) = found {
            let parent = here.join(&name).parent().and_then(|parent| parent.canonicalize().ok());
            folder = parent.unwrap_or(folder);
            layers.push(Layer::of_file(name, text)?);
        }
        Ok(Self { places: layers, here, folder })
    }

    /// The value of the strongest place that has one, with that place.
    pub fn find<T: Clone>(&self, of: impl Fn(&Settings) -> Option<&Located<T>>) -> Option<(T, Origin)> {
        self.strongest(of)
            .map(|found| (found.value.value.clone(), Origin::Place(found.layer.place(found.value))))
    }

    /// The strongest place that has a value, with that value.
    pub fn strongest<T>(&self, of: impl Fn(&Settings) -> Option<&Located<T>>) -> Option<Found<'_, T>> {
        self.places.iter().find_map(|layer| {
            let folder = if layer.is_file() { &self.folder } else { &self.here };
            of(&layer.settings).map(|value| Found { layer, value, folder })
        })
    }

    /// The strongest place that has stanzas.
    pub fn with_resources(&self) -> Option<&Layer> {
        self.places.iter().find(|layer| layer.settings.resource.is_some())
    }
}

/// The text of the configuration file that a run in `here`, an absolute path, would read; nothing where there is none.
pub fn nearest_text(here: &Path) -> Result<Option<String>, LayersError> {
    nearest(here).map(|found| found.map(|(_, text)| text))
}

/// The text of the file that was asked for.
fn named(file: &str, here: &Path) -> Result<String, LayersError> {
    let unreadable = |error| LayersError::Unreadable { name: format!("--config {file}"), error };
    fs::read_to_string(here.join(file)).map_err(unreadable)
}

/// The nearest configuration file, as it is to be named and with its text. Without a repository only `here` is looked at:
/// folders above it may belong to anybody.
fn nearest(here: &Path) -> Result<Option<(String, String)>, LayersError> {
    let root = here.ancestors().find(|folder| folder.join(ROOT).exists()).unwrap_or(here);
    for folder in here.ancestors().take_while(|folder| folder.starts_with(root)) {
        let path: PathBuf = folder.join(FILE);
        let name = shown(&relative(&path, here));
        match fs::read_to_string(&path) {
            Ok(text) => return Ok(Some((name, text))),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(LayersError::Unreadable { name, error }),
        }
    }
    Ok(None)
}
