//! The profiles of Go's tools: a gzip file of the message `perftools.profiles.Profile`
//! (`github.com/google/pprof/proto/profile.proto`), read as far as stacks and values go. `flate2` is known here only.

use std::collections::HashMap;
use std::io::{self, Read};

use flate2::read::GzDecoder;

/// The beginning of a gzip file.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// A profile that is unpacked to more than this is none that people take.
const LONGEST: u64 = 1 << 30;

/// A function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Function {
    /// With the path of its package.
    pub(super) name: String,
    /// The file that declares it.
    pub(super) file: String,
}

/// Stacks and what they cost.
#[derive(Debug, Default)]
pub(super) struct Stacks {
    pub(super) functions: Vec<Function>,
    /// Indices of functions from the innermost call to the outermost, each stack with its value.
    pub(super) samples: Vec<(Vec<usize>, i64)>,
}

/// Bytes that are no profile.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProtoError {
    /// They cannot be unpacked.
    #[error("it cannot be unpacked: {0}")]
    Gzip(#[from] io::Error),
    /// They are no message of this kind.
    #[error("it is no profile in the format of pprof")]
    Message,
}

/// Reads the bytes of a file.
pub(super) fn read(bytes: &[u8]) -> Result<Stacks, ProtoError> {
    if !bytes.starts_with(&GZIP) {
        return Raw::read(bytes)?.stacks();
    }
    let mut unpacked = Vec::new();
    GzDecoder::new(bytes).take(LONGEST).read_to_end(&mut unpacked)?;
    Raw::read(&unpacked)?.stacks()
}

/// The message as it is written.
#[derive(Default)]
struct Raw<'a> {
    strings: Vec<&'a str>,
    /// Types of values by the indices of their names.
    types: Vec<u64>,
    default_type: u64,
    samples: Vec<(Vec<u64>, Vec<i64>)>,
    /// Functions of each location by its id, the innermost first: more than one where calls were inlined.
    locations: HashMap<u64, Vec<u64>>,
    /// Names and files of functions by their ids, as indices of strings.
    functions: Vec<(u64, u64, u64)>,
}

impl<'a> Raw<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, ProtoError> {
        let mut raw = Raw::default();
        for field in fields(bytes) {
            match field? {
                (1, Value::Bytes(bytes)) => raw.types.push(number(bytes, 1)?),
                (2, Value::Bytes(bytes)) => raw.samples.push(sample(bytes)?),
                (4, Value::Bytes(bytes)) => {
                    let (id, functions) = location(bytes)?;
                    raw.locations.insert(id, functions);
                }
                (5, Value::Bytes(bytes)) => {
                    raw.functions.push((number(bytes, 1)?, number(bytes, 2)?, number(bytes, 4)?));
                }
                (6, Value::Bytes(bytes)) => {
                    raw.strings.push(std::str::from_utf8(bytes).map_err(|_| ProtoError::Message)?);
                }
                (14, Value::Number(number)) => raw.default_type = number,
                _ => {}
            }
        }
        if raw.types.is_empty() || raw.strings.is_empty() { Err(ProtoError::Message) } else { Ok(raw) }
    }

    /// The value that the profile names, or else its last one, which of CPU profiles is time.
    fn stacks(&self) -> Result<Stacks, ProtoError> {
        let named = self.types.iter().position(|&name| name == self.default_type && name != 0);
        let value = named.unwrap_or(self.types.len() - 1);
        let text = |index: u64| -> Result<String, ProtoError> {
            let text = usize::try_from(index).ok().and_then(|index| self.strings.get(index));
            text.map(|&text| text.to_owned()).ok_or(ProtoError::Message)
        };
        let mut indices = HashMap::new();
        let mut stacks = Stacks::default();
        for &(id, name, file) in &self.functions {
            indices.insert(id, stacks.functions.len());
            stacks.functions.push(Function { name: text(name)?, file: text(file)? });
        }
        for (locations, values) in &self.samples {
            let functions = locations.iter().filter_map(|id| self.locations.get(id)).flatten();
            let stack = functions.filter_map(|id| indices.get(id).copied()).collect();
            stacks.samples.push((stack, *values.get(value).ok_or(ProtoError::Message)?));
        }
        Ok(stacks)
    }
}

fn sample(bytes: &[u8]) -> Result<(Vec<u64>, Vec<i64>), ProtoError> {
    Ok((numbers(bytes, 1)?, numbers(bytes, 2)?.into_iter().map(u64::cast_signed).collect()))
}

fn location(bytes: &[u8]) -> Result<(u64, Vec<u64>), ProtoError> {
    let mut functions = Vec::new();
    for field in fields(bytes) {
        if let (4, Value::Bytes(line)) = field? {
            functions.push(number(line, 1)?);
        }
    }
    Ok((number(bytes, 1)?, functions))
}

/// The value of a field, 0 where it is left out.
fn number(bytes: &[u8], field: u64) -> Result<u64, ProtoError> {
    Ok(numbers(bytes, field)?.last().copied().unwrap_or(0))
}

/// All values of a field; several may be packed together.
fn numbers(bytes: &[u8], wanted: u64) -> Result<Vec<u64>, ProtoError> {
    let mut found = Vec::new();
    for field in fields(bytes) {
        match field? {
            (field, Value::Number(number)) if field == wanted => found.push(number),
            (field, Value::Bytes(mut packed)) if field == wanted => {
                while !packed.is_empty() {
                    found.push(varint(&mut packed).ok_or(ProtoError::Message)?);
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// The value of a field, by its wire type.
enum Value<'a> {
    Number(u64),
    Bytes(&'a [u8]),
    /// Eight or four bytes, which no field that is read here has.
    Fixed,
}

/// The fields of a message, with their numbers.
fn fields(mut bytes: &[u8]) -> impl Iterator<Item = Result<(u64, Value<'_>), ProtoError>> {
    std::iter::from_fn(move || {
        if bytes.is_empty() {
            return None;
        }
        let field = field(&mut bytes);
        if field.is_none() {
            bytes = &[];
        }
        Some(field.ok_or(ProtoError::Message))
    })
}

fn field<'a>(bytes: &mut &'a [u8]) -> Option<(u64, Value<'a>)> {
    let key = varint(bytes)?;
    let mut take = |length: usize| {
        let (taken, rest) = bytes.split_at_checked(length)?;
        *bytes = rest;
        Some(taken)
    };
    let value = match key & 7 {
        0 => Value::Number(varint(bytes)?),
        1 => take(8).map(|_| Value::Fixed)?,
        5 => take(4).map(|_| Value::Fixed)?,
        2 => {
            let length = usize::try_from(varint(bytes)?).ok()?;
            let (taken, rest) = bytes.split_at_checked(length)?;
            *bytes = rest;
            Value::Bytes(taken)
        }
        _ => return None,
    };
    Some((key >> 3, value))
}

/// A number in groups of seven bits, the lowest first.
fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let (&first, rest) = bytes.split_first()?;
        *bytes = rest;
        value |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// A message for tests, unpacked: stacks of functions by name and file, the innermost first, with values.
#[cfg(test)]
pub(super) fn written(stacks: &[(&[(&str, &str)], u8)]) -> Vec<u8> {
    fn part(field: u8, bytes: &[u8]) -> Vec<u8> {
        [&[field << 3 | 2, u8::try_from(bytes.len()).expect("it is short")], bytes].concat()
    }
    let mut names = vec!["", "cpu"];
    let mut message = part(1, &[1 << 3, 1]);
    for (stack, value) in stacks {
        let mut ids = Vec::new();
        for (name, file) in *stack {
            let name_at = u8::try_from(names.len()).expect("they are few");
            names.extend([name, file]);
            message.extend(part(5, &[1 << 3, name_at, 2 << 3, name_at, 4 << 3, name_at + 1]));
            message.extend(part(4, &[&[1 << 3, name_at][..], &part(4, &[1 << 3, name_at])].concat()));
            ids.push(name_at);
        }
        message.extend(part(2, &[part(1, &ids), part(2, &[*value])].concat()));
    }
    message.extend(names.iter().flat_map(|name| part(6, name.as_bytes())));
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_read_as_it_is_written() {
        let bytes = written(&[(&[("a.f", "a.go"), ("main.main", "m.go")], 7), (&[("main.main", "m.go")], 1)]);
        let stacks = read(&bytes).expect("it is a profile");
        let told = |stack: &[usize]| -> Vec<&str> {
            stack.iter().map(|&at| stacks.functions[at].name.as_str()).collect()
        };
        let samples: Vec<_> = stacks.samples.iter().map(|(stack, value)| (told(stack), *value)).collect();
        assert_eq!(samples, [(vec!["a.f", "main.main"], 7), (vec!["main.main"], 1)]);
        for length in 0..bytes.len() {
            // Whatever is cut off, nothing panics.
            let _ = read(&bytes[..length]);
        }
        for wrong in [&b""[..], b"package p\n", &[0x1f, 0x8b, 0], &[0xff; 40]] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
