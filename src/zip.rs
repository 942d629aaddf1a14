//! Zip archives of files that are stored as they are (APPNOTE.TXT 6.3, sections 4.3 and 4.4), as the go command reads fixes.

/// A file of an archive, as its two headers describe it.
struct Entry<'a> {
    name: &'a str,
    data: &'a [u8],
    offset: usize,
}

/// Names are UTF-8 (bit 11 of the flags).
const FLAGS: u16 = 1 << 11;

/// The version that is needed to read it: 1.0.
const VERSION: u16 = 10;

/// The first of January 1980: the archive does not depend on the time.
const DATE: u16 = 1 << 5 | 1;

/// An archive of named files with a comment. Together they are shorter than 4 GiB.
pub fn archive(files: &[(String, String)], comment: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut entries = Vec::new();
    for (name, text) in files {
        let entry = Entry { name, data: text.as_bytes(), offset: bytes.len() };
        bytes.extend(0x0403_4b50_u32.to_le_bytes());
        entry.describe(&mut bytes);
        bytes.extend(name.as_bytes());
        bytes.extend(entry.data);
        entries.push(entry);
    }
    let directory = bytes.len();
    for entry in &entries {
        bytes.extend(0x0201_4b50_u32.to_le_bytes());
        short(&mut bytes, usize::from(VERSION));
        entry.describe(&mut bytes);
        // No comment, the first disk, no attributes.
        bytes.extend([0; 10]);
        long(&mut bytes, entry.offset);
        bytes.extend(entry.name.as_bytes());
    }
    let length = bytes.len() - directory;
    bytes.extend(0x0605_4b50_u32.to_le_bytes());
    bytes.extend([0; 4]);
    short(&mut bytes, entries.len());
    short(&mut bytes, entries.len());
    long(&mut bytes, length);
    long(&mut bytes, directory);
    let comment = &comment[..comment.floor_char_boundary(usize::from(u16::MAX))];
    short(&mut bytes, comment.len());
    bytes.extend(comment.as_bytes());
    bytes
}

impl Entry<'_> {
    /// What both headers say: version, flags, method, time, date, checksum, sizes, lengths of the name and of what is extra.
    fn describe(&self, bytes: &mut Vec<u8>) {
        for value in [VERSION, FLAGS, 0, 0, DATE] {
            short(bytes, usize::from(value));
        }
        bytes.extend(crc32(self.data).to_le_bytes());
        long(bytes, self.data.len());
        long(bytes, self.data.len());
        short(bytes, self.name.len());
        short(bytes, 0);
    }
}

fn short(bytes: &mut Vec<u8>, value: usize) {
    bytes.extend((value as u16).to_le_bytes());
}

fn long(bytes: &mut Vec<u8>, value: usize) {
    bytes.extend((value as u32).to_le_bytes());
}

/// The checksum of zip archives.
fn crc32(data: &[u8]) -> u32 {
    let step = |crc: u32, &byte: &u8| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg()))
    };
    !data.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_standard() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn an_archive_begins_and_ends_as_one() {
        let bytes = archive(&[("a".to_owned(), "b".to_owned())], "c");
        assert!(bytes.starts_with(b"PK\x03\x04") && bytes.ends_with(b"\x01\x00c"));
        assert_eq!(archive(&[], "").len(), 22);
    }
}
