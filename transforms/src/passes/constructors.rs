//! Constructors whose objects can be used again, and those whose objects cannot, with the reason.

use crate::verdict::Reason;

/// A function that makes an object which a pool may keep.
#[derive(Debug)]
pub(super) struct Constructor {
    /// The import path.
    pub(super) package: &'static str,
    pub(super) name: &'static str,
    pub(super) takes: Takes,
    /// It returns an error too.
    pub(super) fails: bool,
    /// It may give back its argument.
    pub(super) may_be_argument: bool,
    /// The type that `Get` is asserted to have: `#` is the name of the package, or of the one that `of` names.
    pub(super) get: &'static str,
    /// The package of that type where it is another one.
    pub(super) of: Option<&'static str>,
    /// The value of the pool's `New`: `#` is the name of the package, `$` a constant argument, `@` the package `also`.
    pub(super) new: &'static str,
    /// Another package that `new` needs.
    pub(super) also: Option<&'static str>,
    /// The interface with `Reset` that the object has to be asserted to have.
    pub(super) resetter: Option<&'static str>,
    /// What its pool is called if the name is free.
    pub(super) wish: &'static str,
    /// `Close` of the object gives back nothing but memory.
    pub(super) closes_memory: bool,
}

/// What a constructor is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    /// The untyped nil.
    Nil,
    /// What is read or written; `Reset` gets it.
    Stream,
    /// And a compression level; the error is about that only.
    StreamAndLevel,
    /// And the size of a buffer.
    StreamAndSize,
}

/// What most of them have in common.
const STREAM: Constructor = Constructor {
    package: "",
    name: "",
    takes: Takes::Stream,
    fails: false,
    may_be_argument: false,
    get: "",
    of: None,
    new: "",
    also: None,
    resetter: None,
    wish: "",
    closes_memory: false,
};

/// A hash without a key: `get` is its type.
const fn hash(
    package: &'static str,
    name: &'static str,
    get: &'static str,
    new: &'static str,
    wish: &'static str,
) -> Constructor {
    Constructor { package, name, get, new, wish, takes: Takes::Nothing, of: Some("hash"), ..STREAM }
}

/// All of them.
pub(super) const CONSTRUCTORS: &[Constructor] = &[
    Constructor {
        package: "compress/gzip",
        name: "NewReader",
        fails: true,
        get: "*#.Reader",
        new: "new(#.Reader)",
        wish: "gzipReaderPool",
        closes_memory: true,
        ..STREAM
    },
    Constructor {
        package: "compress/gzip",
        name: "NewWriter",
        get: "*#.Writer",
        new: "#.NewWriter(nil)",
        wish: "gzipWriterPool",
        ..STREAM
    },
    Constructor {
        package: "compress/gzip",
        name: "NewWriterLevel",
        takes: Takes::StreamAndLevel,
        fails: true,
        get: "*#.Writer",
        new: "#.NewWriterLevel(nil, $)",
        wish: "gzipWriterPool",
        ..STREAM
    },
    Constructor {
        package: "compress/flate",
        name: "NewReader",
        get: "#.ReadCloser",
        of: Some("io"),
        new: "#.NewReader(nil)",
        resetter: Some("Resetter"),
        wish: "flateReaderPool",
        closes_memory: true,
        ..STREAM
    },
    Constructor {
        package: "compress/flate",
        name: "NewWriter",
        takes: Takes::StreamAndLevel,
        fails: true,
        get: "*#.Writer",
        new: "#.NewWriter(nil, $)",
        wish: "flateWriterPool",
        ..STREAM
    },
    // A reader is made only from a stream that begins as one: these two bytes are a whole header.
    Constructor {
        package: "compress/zlib",
        name: "NewReader",
        fails: true,
        get: "#.ReadCloser",
        of: Some("io"),
        new: "#.NewReader(@.NewReader(\"x\\x9c\"))",
        also: Some("strings"),
        resetter: Some("Resetter"),
        wish: "zlibReaderPool",
        closes_memory: true,
        ..STREAM
    },
    Constructor {
        package: "compress/zlib",
        name: "NewWriter",
        get: "*#.Writer",
        new: "#.NewWriter(nil)",
        wish: "zlibWriterPool",
        ..STREAM
    },
    Constructor {
        package: "compress/zlib",
        name: "NewWriterLevel",
        takes: Takes::StreamAndLevel,
        fails: true,
        get: "*#.Writer",
        new: "#.NewWriterLevel(nil, $)",
        wish: "zlibWriterPool",
        ..STREAM
    },
    Constructor {
        package: "bufio",
        name: "NewReader",
        may_be_argument: true,
        get: "*#.Reader",
        new: "#.NewReader(nil)",
        wish: "bufioReaderPool",
        ..STREAM
    },
    Constructor {
        package: "bufio",
        name: "NewReaderSize",
        takes: Takes::StreamAndSize,
        may_be_argument: true,
        get: "*#.Reader",
        new: "#.NewReaderSize(nil, $)",
        wish: "bufioReaderPool",
        ..STREAM
    },
    Constructor {
        package: "bufio",
        name: "NewWriter",
        may_be_argument: true,
        get: "*#.Writer",
        new: "#.NewWriter(nil)",
        wish: "bufioWriterPool",
        ..STREAM
    },
    Constructor {
        package: "bufio",
        name: "NewWriterSize",
        takes: Takes::StreamAndSize,
        may_be_argument: true,
        get: "*#.Writer",
        new: "#.NewWriterSize(nil, $)",
        wish: "bufioWriterPool",
        ..STREAM
    },
    Constructor { package: "bytes", name: "NewBuffer", takes: Takes::Nil, wish: "bufferPool", ..STREAM },
    hash("crypto/md5", "New", "#.Hash", "#.New()", "md5Pool"),
    hash("crypto/sha1", "New", "#.Hash", "#.New()", "sha1Pool"),
    hash("crypto/sha256", "New", "#.Hash", "#.New()", "sha256Pool"),
    hash("crypto/sha256", "New224", "#.Hash", "#.New224()", "sha224Pool"),
    hash("crypto/sha512", "New", "#.Hash", "#.New()", "sha512Pool"),
    hash("crypto/sha512", "New384", "#.Hash", "#.New384()", "sha384Pool"),
    hash("crypto/sha512", "New512_224", "#.Hash", "#.New512_224()", "sha512Pool"),
    hash("crypto/sha512", "New512_256", "#.Hash", "#.New512_256()", "sha512Pool"),
    hash("hash/adler32", "New", "#.Hash32", "#.New()", "adler32Pool"),
    hash("hash/crc32", "NewIEEE", "#.Hash32", "#.NewIEEE()", "crc32Pool"),
    hash("hash/fnv", "New32", "#.Hash32", "#.New32()", "fnvPool"),
    hash("hash/fnv", "New32a", "#.Hash32", "#.New32a()", "fnvPool"),
    hash("hash/fnv", "New64", "#.Hash64", "#.New64()", "fnvPool"),
    hash("hash/fnv", "New64a", "#.Hash64", "#.New64a()", "fnvPool"),
    hash("hash/fnv", "New128", "#.Hash", "#.New128()", "fnvPool"),
    hash("hash/fnv", "New128a", "#.Hash", "#.New128a()", "fnvPool"),
];

/// Why what a function of a package makes, or a value of a type of it, never comes from a pool; nothing where it is not known.
pub(super) fn refused(package: &str, name: &str) -> Option<Reason> {
    let in_list = |list: &[(&str, &[&str])]| {
        list.iter().any(|(path, names)| *path == package && (names.is_empty() || names.contains(&name)))
    };
    if in_list(KEYED) {
        return Some(Reason::PoolKeyed);
    }
    if in_list(ARGUMENTS) {
        return Some(Reason::PoolArgument);
    }
    if in_list(STATEFUL) {
        return Some(Reason::PoolNotRenewed);
    }
    let systems = |system: &&str| package == *system || package.starts_with(&format!("{system}/"));
    SYSTEM.iter().any(systems).then_some(Reason::PoolResource)
}

/// Functions and types whose objects keep a key or a random seed; no name stands for all of the package.
const KEYED: &[(&str, &[&str])] =
    &[("crypto/hmac", &[]), ("hash/maphash", &[]), ("crypto/cipher", &[]), ("crypto/aes", &[])];

/// Functions whose objects keep a dictionary or a table.
const ARGUMENTS: &[(&str, &[&str])] = &[
    ("compress/flate", &["NewReaderDict", "NewWriterDict"]),
    ("compress/zlib", &["NewReaderDict", "NewWriterLevelDict"]),
    ("compress/lzw", &["NewReader", "NewWriter"]),
    ("hash/crc32", &["New"]),
    ("hash/crc64", &["New"]),
    ("bytes", &["NewBufferString"]),
];

/// Functions and types whose objects keep an error, a state or memory that was given out, and cannot be made new.
const STATEFUL: &[(&str, &[&str])] = &[
    ("archive/tar", &[]),
    ("archive/zip", &["NewReader", "NewWriter", "Reader", "Writer"]),
    ("compress/bzip2", &[]),
    ("encoding/csv", &[]),
    ("encoding/gob", &[]),
    ("encoding/json", &[]),
    ("encoding/xml", &[]),
    ("mime/multipart", &["NewReader", "NewWriter", "Reader", "Writer"]),
    ("mime/quotedprintable", &[]),
    ("strings", &["Builder"]),
    ("text/tabwriter", &[]),
];

/// Packages whose objects hold resources of the system.
const SYSTEM: &[&str] = &["database/sql", "net", "os", "plugin", "syscall"];
