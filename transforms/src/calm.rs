//! What may panic, or end the goroutine, where a release that is no longer deferred would be skipped.
//!
//! Strict: whatever is not known to be calm may panic. A function of the table below is calm for arguments that are plain
//! data or come from the standard library, whose methods do not panic; with an argument of somebody else's making, such as
//! an `io.Reader` that was handed in, its methods are called, and those may. Running out of memory or stack, and what else
//! ends the whole process, is no panic.

use crate::file::File;
use crate::lifetime::{Ask, Called};
use crate::nilness::arguments;
use crate::origin::Origin;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{BindingId, Declares};
use crate::verdict::Reason;

/// How deep functions of the file are followed.
const CALLS: usize = 3;

/// Finds what is not calm.
pub(crate) struct Calm<'f, 'a, 't> {
    file: &'f File<'a, 't>,
    ask: Ask<'a, 't>,
    origin: Origin<'f, 'a, 't>,
    depth: usize,
}

/// A reason of the class unsafe, and the node to blame.
pub(crate) type Upset = (Reason, NodeId);

impl<'f, 'a, 't> Calm<'f, 'a, 't> {
    /// `solid` are variables that are not nil.
    pub(crate) fn new(file: &'f File<'a, 't>, solid: Vec<BindingId>) -> Self {
        Calm { file, ask: file.ask(), origin: Origin::new(file, solid), depth: CALLS }
    }

    /// The first thing in a subtree that may panic or end the goroutine, function literals aside that are not called.
    pub(crate) fn upset(&self, node: NodeId) -> Option<Upset> {
        let own = self.file.tree.own_subtree(node);
        own.into_iter().find_map(|id| self.node(id).map(|reason| (reason, id)))
    }

    fn node(&self, id: NodeId) -> Option<Reason> {
        let tree = self.file.tree;
        let calm = match tree.kind(id) {
            Kind::Call => return self.call(id),
            Kind::Slice | Kind::Send => false,
            Kind::Index => self.index(id),
            Kind::TypeAssertion => self.takes_two(id),
            Kind::Selector => self.selector(id),
            Kind::Unary if tree.has_token(id, "*") => {
                tree.child(id, Field::Operand).is_some_and(|operand| self.origin.is_solid(operand))
            }
            Kind::Binary => self.binary(id),
            Kind::Assignment => self.assignment(id),
            Kind::RangeClause => {
                tree.child(id, Field::Right).is_some_and(|over| self.origin.is_plain_range(over))
            }
            Kind::ExpressionSwitch => self.switch(id),
            Kind::TypeConversion => {
                tree.child(id, Field::Type).is_some_and(|of| self.conversion(tree.unparenthesized(of)))
            }
            Kind::CompositeLiteral => self.literal(id),
            _ => true,
        };
        (!calm).then_some(Reason::PanicSkips)
    }

    fn call(&self, call: NodeId) -> Option<Reason> {
        let tree = self.file.tree;
        if tree.parent(call).is_some_and(|parent| tree.kind(parent) == Kind::Go) {
            // Another goroutine: its panic ends the process.
            return None;
        }
        let is_calm = match self.ask.called(call) {
            Called::Builtin(name) => self.builtin(name, call),
            Called::Conversion => {
                let of = tree.child(call, Field::Function);
                of.is_some_and(|of| self.conversion(tree.unparenthesized(of)))
            }
            Called::Known { owner, name, .. } => {
                if ends_goroutine(&owner, name) {
                    return Some(Reason::ExitSkips);
                }
                ends_process(&owner, name)
                    || is_listed(&owner, name) && self.is_given_tame(&owner, name, call)
            }
            Called::Body(_) if self.ask.copies_receiver(call).is_some_and(|of| !self.origin.is_solid(of)) => {
                false
            }
            Called::Body(function) => return self.body(call, function),
            Called::Unknown => false,
        };
        (!is_calm).then_some(Reason::PanicSkips)
    }

    /// Whether a call runs nobody's code but that of the standard library. What is printed may be anything: a method of it
    /// that panics is caught.
    fn is_given_tame(&self, owner: &str, name: &str, call: NodeId) -> bool {
        match (owner, name.strip_prefix('F')) {
            ("fmt", None) | ("log", _) => true,
            ("fmt", Some(_)) => {
                let writer = arguments(self.file.tree, call).first().copied();
                writer.is_some_and(|writer| self.origin.is_tame_value(writer))
            }
            // The other methods of a file know what to do with nil.
            ("os.File", _) if name == "Name" => {
                let file = self.ask.receiver(call);
                self.origin.is_tame(call) && file.is_some_and(|file| self.origin.is_there(file))
            }
            _ => self.origin.is_tame(call),
        }
    }

    /// A function of this file, or a literal that is called on the spot.
    fn body(&self, call: NodeId, function: NodeId) -> Option<Reason> {
        let tree = self.file.tree;
        let callee = tree.child(call, Field::Function).map(|callee| tree.unparenthesized(callee));
        let named = tree.kind(function) != Kind::FunctionLiteral;
        let body = tree.child(function, Field::Body);
        let (Some(body), true) = (body, self.depth > 0 && (named || callee == Some(function))) else {
            return Some(Reason::PanicSkips);
        };
        let solid = if named { Vec::new() } else { self.origin.solid.clone() };
        let inner = Calm { depth: self.depth - 1, ..Calm::new(self.file, solid) };
        inner.upset(body).map(|(reason, _)| reason)
    }

    fn builtin(&self, name: &str, call: NodeId) -> bool {
        let tree = self.file.tree;
        let arguments = arguments(tree, call);
        match name {
            "panic" | "close" => false,
            "make" => arguments.iter().skip(1).all(|&size| self.is_length(size)),
            "delete" => arguments.get(1).is_some_and(|&key| self.is_comparable(key)),
            _ => true,
        }
    }

    /// A size that is never negative.
    fn is_length(&self, size: NodeId) -> bool {
        self.file.tree.kind(size) == Kind::IntLiteral
            || self.file.tree.kind(size) == Kind::Call
                && matches!(self.ask.called(size), Called::Builtin("len" | "cap"))
    }

    /// A conversion to a type: a slice that is converted to an array of another length panics.
    fn conversion(&self, of: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        match tree.kind(of) {
            Kind::Identifier => match scopes.meaning(of).map(|binding| scopes.get(binding).at) {
                None => true,
                Some(at) => {
                    let spec = tree.parent(at).filter(|&spec| tree.kind(spec) == Kind::TypeSpec);
                    let of = spec.and_then(|spec| tree.child(spec, Field::Type));
                    of.is_some_and(|of| !matches!(tree.kind(of), Kind::ArrayType | Kind::PointerType))
                }
            },
            Kind::Selector | Kind::SliceType | Kind::MapType | Kind::InterfaceType => true,
            _ => false,
        }
    }

    /// A map that is read, or one that was made here and is written; the key has to have an order of its own.
    fn index(&self, index: NodeId) -> bool {
        let tree = self.file.tree;
        let (Some(operand), Some(key)) = (tree.child(index, Field::Operand), tree.child(index, Field::Index))
        else {
            return false;
        };
        let is_read = crate::scope::access(tree, index) == crate::scope::Access::Read;
        let map = if is_read { self.origin.is_map(operand) } else { self.origin.is_made_map(operand) };
        map && self.is_comparable(key)
    }

    /// A map that is written with its keys: they have to be comparable.
    fn literal(&self, literal: NodeId) -> bool {
        let tree = self.file.tree;
        let is_map = tree.child(literal, Field::Type).is_some_and(|of| tree.kind(of) == Kind::MapType);
        !is_map
            || tree
                .elements(literal)
                .into_iter()
                .filter_map(|(key, _)| key)
                .all(|key| self.is_comparable(key))
    }

    /// `v, ok := x.(T)`.
    fn takes_two(&self, assertion: NodeId) -> bool {
        self.ask.takes_two(assertion)
    }

    fn selector(&self, selector: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let Some(operand) = tree.child(selector, Field::Operand) else { return false };
        let is_callee = tree.field(selector) == Field::Function;
        let package = tree.kind(operand) == Kind::Identifier && scopes.import_path(operand).is_some();
        // What is called is judged with its call.
        package || is_callee || self.origin.is_solid(operand)
    }

    fn binary(&self, binary: NodeId) -> bool {
        let tree = self.file.tree;
        let (Some(left), Some(right)) = (tree.child(binary, Field::Left), tree.child(binary, Field::Right))
        else {
            return false;
        };
        let has = |tokens: &[&str]| tokens.iter().any(|token| tree.has_token(binary, token));
        if has(&["/", "%", "<<", ">>"]) {
            return self.is_harmless_operand(right) || tree.kind(left) == Kind::FloatLiteral;
        }
        !has(&["==", "!="]) || self.is_comparable(left) || self.is_comparable(right)
    }

    fn assignment(&self, assignment: NodeId) -> bool {
        let tree = self.file.tree;
        let operator = tree.child(assignment, Field::Operator).map_or("=", |token| tree.text_of(token));
        !matches!(operator, "/=" | "%=" | "<<=" | ">>=")
            || tree.child(assignment, Field::Right).is_some_and(|right| {
                tree.operands(right).iter().all(|&operand| self.is_harmless_operand(operand))
            })
    }

    /// A constant: the compiler refuses to divide by one that is nothing, and to shift by one below.
    fn is_harmless_operand(&self, operand: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let operand = tree.unparenthesized(operand);
        match tree.kind(operand) {
            Kind::IntLiteral | Kind::FloatLiteral | Kind::RuneLiteral => true,
            Kind::Identifier => scopes
                .meaning(operand)
                .is_some_and(|binding| scopes.get(binding).declares == Declares::Constant),
            _ => false,
        }
    }

    /// Comparing with it panics for no other operand: `nil`, plain data that is no interface, a variable of a package.
    fn is_comparable(&self, operand: NodeId) -> bool {
        let File { tree, scopes, .. } = *self.file;
        let operand = tree.unparenthesized(operand);
        let of_package = || {
            tree.child(operand, Field::Operand).is_some_and(|package| scopes.import_path(package).is_some())
        };
        match tree.kind(operand) {
            Kind::Nil => true,
            Kind::Selector if of_package() => true,
            Kind::Identifier if self.is_of_this_package(operand) => true,
            _ => self.ask.is_plain(operand) && self.ask.is_concrete(operand),
        }
    }

    /// A variable that the package declares.
    fn is_of_this_package(&self, name: NodeId) -> bool {
        let scopes = self.file.scopes;
        scopes.meaning(name).is_some_and(|binding| {
            let variable = scopes.get(binding);
            variable.declares == Declares::Variable && variable.function.is_none()
        })
    }

    fn switch(&self, switch: NodeId) -> bool {
        let tree = self.file.tree;
        let cases = || tree.named(switch).filter(|&case| tree.kind(case) == Kind::ExpressionCase);
        let values = || cases().filter_map(|case| tree.child(case, Field::Value));
        tree.child(switch, Field::Value).is_none_or(|value| {
            self.is_comparable(value)
                || values().flat_map(|list| tree.operands(list)).all(|case| self.is_comparable(case))
        })
    }
}

/// Functions that run deferred calls, those of the callers too, and end the goroutine.
fn ends_goroutine(owner: &str, name: &str) -> bool {
    let test = matches!(owner, "testing.T" | "testing.B" | "testing.F" | "testing.TB");
    test && ["Fatal", "FailNow", "Skip"].iter().any(|end| name.starts_with(end)) && name != "Skipped"
        || owner.starts_with("github.com/stretchr/testify/require")
        || (owner, name) == ("runtime", "Goexit")
}

/// Functions that end the process: no deferred call runs.
fn ends_process(owner: &str, name: &str) -> bool {
    match owner {
        "os" | "syscall" => name == "Exit",
        "log" | "log.Logger" => name.starts_with("Fatal"),
        _ => false,
    }
}

fn is_listed(owner: &str, name: &str) -> bool {
    CALM.iter()
        .any(|(known, names)| *known == owner && names.split(' ').any(|calm| calm == name || calm == "*"))
}

/// Functions and methods that do not panic, for tame arguments: package or type, and names.
const CALM: &[(&str, &str)] = &[
    (
        "os",
        "Open Create OpenFile CreateTemp MkdirTemp ReadFile ReadDir Stat Lstat Getwd Readlink Hostname WriteFile Mkdir MkdirAll Chmod Chown Lchown Chtimes Truncate Symlink Link Rename Remove RemoveAll Getenv LookupEnv TempDir ExpandEnv Setenv Unsetenv Chdir IsNotExist IsExist IsPermission IsTimeout Getpid Getuid Getgid UserHomeDir UserCacheDir UserConfigDir Executable",
    ),
    ("os.File", "*"),
    (
        "io",
        "ReadAll Copy CopyN ReadAtLeast ReadFull WriteString LimitReader TeeReader MultiReader MultiWriter NopCloser NewSectionReader",
    ),
    ("io.Reader", "*"),
    ("io.Writer", "*"),
    ("io.ReadCloser", "*"),
    ("io.WriteCloser", "*"),
    ("io.SectionReader", "*"),
    ("io/ioutil", "ReadAll ReadFile ReadDir WriteFile TempFile TempDir NopCloser"),
    ("bufio", "NewReader NewReaderSize NewWriter NewWriterSize NewScanner"),
    ("bufio.Reader", "Read ReadByte ReadRune ReadString ReadLine ReadBytes Buffered Size"),
    ("bufio.Writer", "Write WriteString WriteByte WriteRune Flush Available Buffered"),
    ("bufio.Scanner", "Scan Text Err Bytes"),
    (
        "bytes",
        "NewReader NewBuffer NewBufferString Equal Compare Contains HasPrefix HasSuffix Index IndexByte Count EqualFold TrimSpace TrimPrefix TrimSuffix Split Fields Join ToLower ToUpper Clone",
    ),
    (
        "bytes.Buffer",
        "Write WriteString WriteByte WriteRune Read ReadByte ReadString ReadRune Len Cap Reset String Bytes",
    ),
    ("bytes.Reader", "*"),
    (
        "strings",
        "NewReader Contains HasPrefix HasSuffix Index IndexByte LastIndex Count EqualFold ContainsAny ContainsRune Split SplitN Fields TrimSpace Trim TrimRight TrimLeft TrimPrefix TrimSuffix Join Replace ReplaceAll ToLower ToUpper Cut Clone",
    ),
    ("strings.Reader", "*"),
    ("strings.Builder", "Write WriteString WriteByte WriteRune Len Cap Reset String"),
    ("strconv", "Atoi Itoa ParseInt ParseUint ParseFloat ParseBool Quote FormatBool"),
    (
        "unicode/utf8",
        "AppendRune DecodeLastRune DecodeLastRuneInString DecodeRune DecodeRuneInString FullRune FullRuneInString RuneCount RuneCountInString RuneLen Valid ValidRune ValidString",
    ),
    ("math", "*"),
    ("errors", "New Is Unwrap Join"),
    ("path", "*"),
    ("path/filepath", "Join Base Dir Ext Clean ToSlash FromSlash VolumeName Abs Rel Match IsAbs Split Glob"),
    ("fmt", "Errorf Sprintf Sprint Sprintln Printf Print Println Fprintf Fprint Fprintln"),
    ("log", "Print Printf Println"),
    ("log.Logger", "Print Printf Println"),
    ("time", "Now Since Until Unix UnixMilli Sleep After Parse ParseDuration NewTimer"),
    ("time.Timer", "Stop Reset"),
    ("time.Ticker", "Stop"),
    ("sync.Mutex", "*"),
    ("sync.RWMutex", "*"),
    ("net", "JoinHostPort SplitHostPort Dial DialTimeout ParseIP"),
    ("net.Conn", "*"),
    ("net.Listener", "Addr Close"),
    ("net/http", "Get Head StatusText"),
    ("net/url", "Parse QueryEscape PathEscape"),
    ("compress/gzip", "NewReader NewWriter"),
    ("compress/gzip.Reader", "Read Close"),
    ("compress/gzip.Writer", "Write Flush Close"),
    ("archive/zip", "OpenReader"),
    ("archive/zip.ReadCloser", "Close"),
    ("archive/zip.File", "Open FileInfo Mode"),
    ("encoding/csv", "NewReader"),
    ("encoding/csv.Reader", "Read ReadAll"),
    ("encoding/hex", "EncodeToString DecodeString"),
    ("crypto/sha256", "New Sum256"),
    ("crypto/sha512", "New Sum512"),
    ("crypto/sha1", "New Sum"),
    ("crypto/md5", "New Sum"),
    ("hash.Hash", "*"),
    ("context", "Background TODO WithCancel WithTimeout"),
    ("context.CancelFunc", "()"),
    ("testing.T", "Log Logf Error Errorf Fail Failed Name Helper"),
    ("testing.B", "Log Logf Error Errorf Fail Failed Name Helper"),
];
