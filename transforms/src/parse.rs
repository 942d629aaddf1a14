//! From text to a syntax tree: tree-sitter is known to this file only.
//!
//! Most Go is plain enough for `reader`, which gives the same tree at a tenth of the cost, and reads what is too new for
//! the grammar; tree-sitter has the rest.
//!
//! The tree is a flat array in preorder, so that a subtree is a range, a walk is a loop, and no nesting, however
//! deep, costs stack. Broken Go is data: it shows as [`Kind::Error`] nodes.

mod declarations;
mod expressions;
mod misread;
mod reader;
mod square;
mod statements;
mod tokens;
mod types;

use std::cell::{OnceCell, RefCell};

use tree_sitter::{InputEdit, Language, Parser, Point};

pub(crate) use misread::Means;

use crate::span::{LineIndex, Span};

/// A node, by its place in preorder. The root is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(pub(crate) u32);

impl NodeId {
    fn index(self) -> usize {
        self.0 as usize
    }
}

macro_rules! names {
    ($(#[$doc:meta])* $type:ident, $other:ident: $($variant:ident = $name:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub(crate) enum $type { $($variant,)* $other }

        impl $type {
            fn of(name: &str) -> Self {
                match name { $($name => $type::$variant,)* _ => $type::$other }
            }
        }
    };
}

names! {
    /// What a node is, in the grammar's terms. `Other` is every named node that no stage asks about.
    Kind, Other:
    ArgumentList = "argument_list",
    ArrayType = "array_type",
    Assignment = "assignment_statement",
    Binary = "binary_expression",
    BlankIdentifier = "blank_identifier",
    Block = "block",
    Break = "break_statement",
    Call = "call_expression",
    ChannelType = "channel_type",
    Comment = "comment",
    CommunicationCase = "communication_case",
    CompositeLiteral = "composite_literal",
    ConstDeclaration = "const_declaration",
    ConstSpec = "const_spec",
    Continue = "continue_statement",
    Dec = "dec_statement",
    DefaultCase = "default_case",
    Defer = "defer_statement",
    Dot = "dot",
    Empty = "empty_statement",
    Error = "ERROR",
    ExpressionCase = "expression_case",
    ExpressionList = "expression_list",
    ExpressionStatement = "expression_statement",
    ExpressionSwitch = "expression_switch_statement",
    Fallthrough = "fallthrough_statement",
    False = "false",
    FieldDeclaration = "field_declaration",
    FieldIdentifier = "field_identifier",
    FloatLiteral = "float_literal",
    For = "for_statement",
    ForClause = "for_clause",
    FunctionDeclaration = "function_declaration",
    FunctionLiteral = "func_literal",
    FunctionType = "function_type",
    GenericType = "generic_type",
    Go = "go_statement",
    Goto = "goto_statement",
    Identifier = "identifier",
    If = "if_statement",
    ImaginaryLiteral = "imaginary_literal",
    ImportSpec = "import_spec",
    Inc = "inc_statement",
    Index = "index_expression",
    IntLiteral = "int_literal",
    InterfaceType = "interface_type",
    InterpretedString = "interpreted_string_literal",
    Iota = "iota",
    KeyedElement = "keyed_element",
    LabelName = "label_name",
    Labeled = "labeled_statement",
    LiteralElement = "literal_element",
    LiteralValue = "literal_value",
    MapType = "map_type",
    MethodDeclaration = "method_declaration",
    MethodElem = "method_elem",
    Nil = "nil",
    PackageIdentifier = "package_identifier",
    ParameterDeclaration = "parameter_declaration",
    ParameterList = "parameter_list",
    Parenthesized = "parenthesized_expression",
    PointerType = "pointer_type",
    QualifiedType = "qualified_type",
    RangeClause = "range_clause",
    RawString = "raw_string_literal",
    Receive = "receive_statement",
    Return = "return_statement",
    RuneLiteral = "rune_literal",
    Select = "select_statement",
    Selector = "selector_expression",
    Send = "send_statement",
    ShortVar = "short_var_declaration",
    Slice = "slice_expression",
    SliceType = "slice_type",
    SourceFile = "source_file",
    StatementList = "statement_list",
    StructType = "struct_type",
    True = "true",
    TypeAlias = "type_alias",
    TypeArguments = "type_arguments",
    TypeAssertion = "type_assertion_expression",
    TypeCase = "type_case",
    TypeConversion = "type_conversion_expression",
    TypeDeclaration = "type_declaration",
    TypeIdentifier = "type_identifier",
    TypeInstantiation = "type_instantiation_expression",
    TypeParameterDeclaration = "type_parameter_declaration",
    TypeSpec = "type_spec",
    TypeSwitch = "type_switch_statement",
    Unary = "unary_expression",
    VarDeclaration = "var_declaration",
    VarSpec = "var_spec",
    VariadicArgument = "variadic_argument",
    VariadicParameter = "variadic_parameter_declaration",
    // A keyword, an operator or a bracket; its text says which.
    Token = "",
}

names! {
    /// The part a node plays in its parent. `Other` covers fields that no stage asks about, and none.
    Field, Other:
    Alias = "alias",
    Alternative = "alternative",
    Arguments = "arguments",
    Body = "body",
    Channel = "channel",
    Communication = "communication",
    Condition = "condition",
    Consequence = "consequence",
    Element = "element",
    Function = "function",
    Index = "index",
    Initializer = "initializer",
    Label = "label",
    Left = "left",
    Name = "name",
    Operand = "operand",
    Operator = "operator",
    Parameters = "parameters",
    Path = "path",
    Receiver = "receiver",
    Result = "result",
    Right = "right",
    Selected = "field",
    Type = "type",
    TypeArguments = "type_arguments",
    TypeParameters = "type_parameters",
    Update = "update",
    Value = "value",
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Node {
    kind: Kind,
    field: Field,
    missing: bool,
    start: u32,
    end: u32,
    parent: u32,
    /// Preorder index one past the last descendant.
    last: u32,
}

/// The syntax tree of one file.
#[derive(Debug)]
pub(crate) struct Tree<'t> {
    pub(crate) text: &'t str,
    /// What the parser saw, where some bodies were blank to it.
    focused: Option<String>,
    nodes: Vec<Node>,
    /// Comments and raw strings, in source order, once somebody asks.
    verbatim: OnceCell<Vec<NodeId>>,
    /// Only of a tree that the parser gave.
    syntax: Option<Syntax>,
    lines: OnceCell<LineIndex>,
}

/// The nodes of one part of a text, from which trees of several texts can be joined without parsing it again.
#[derive(Debug)]
pub(crate) struct Part {
    nodes: Vec<Node>,
    /// The imports, each with the name that the package has in the file.
    imports: Vec<(usize, String)>,
    /// The names behind which a dot stands, sorted: those of packages are among them.
    qualifiers: Vec<String>,
    /// How long the part is.
    len: usize,
}

impl Part {
    /// Parses a part that could stand alone in a file; nothing where it is damaged or too long. An import without a name has the one
    /// that `name_of` makes of its path.
    pub(crate) fn parse(text: &str, name_of: impl Fn(&str) -> &str) -> Option<Part> {
        u32::try_from(text.len()).ok()?;
        let nodes = parse(text, None)?.0;
        let is_damaged = nodes.iter().any(|node| node.missing || node.kind == Kind::Error);
        if is_damaged {
            return None;
        }
        let text_of = |node: &Node| &text[node.start as usize..node.end as usize];
        let specs = nodes.iter().enumerate().filter(|(_, node)| node.kind == Kind::ImportSpec);
        let imports = specs.map(|(index, spec)| {
            let inside = &nodes[index..spec.last as usize];
            let part = |field| inside.iter().find(|part| part.field == field);
            let path = part(Field::Path).map_or("", text_of).trim_matches(['"', '`']);
            (index, part(Field::Name).map_or_else(|| name_of(path), text_of).to_owned())
        });
        let is_qualifier =
            |node: &&Node| node.kind.is_name() && text[node.end as usize..].trim_start().starts_with('.');
        let mut qualifiers: Vec<&str> = nodes.iter().filter(is_qualifier).map(text_of).collect();
        qualifiers.sort_unstable();
        qualifiers.dedup();
        let (imports, qualifiers) = (imports.collect(), qualifiers.into_iter().map(str::to_owned).collect());
        Some(Part { nodes, imports, qualifiers, len: text.len() })
    }

    /// How many bytes its nodes take.
    pub(crate) fn size(&self) -> usize {
        self.nodes.len() * size_of::<Node>()
    }
}

/// The parser's own tree, from which the text after an edit is parsed faster.
#[derive(Clone, Debug)]
pub(crate) struct Syntax(tree_sitter::Tree);

impl Syntax {
    /// Notes that `new` replaces the bytes of `old`, which `lines` indexes. Of several edits the last one comes first.
    pub(crate) fn edit(&mut self, lines: &LineIndex, old: Span, new: &str) {
        let point = |offset: usize| {
            let position = lines.position(offset);
            Point::new(position.line - 1, position.column - 1)
        };
        let start = point(old.start);
        let new_end = match new.rfind('\n') {
            Some(at) => Point::new(start.row + new.matches('\n').count(), new.len() - at - 1),
            None => Point::new(start.row, start.column + new.len()),
        };
        self.0.edit(&InputEdit {
            start_byte: old.start,
            old_end_byte: old.end,
            new_end_byte: old.start + new.len(),
            start_position: start,
            old_end_position: point(old.end),
            new_end_position: new_end,
        });
    }
}

impl<'t> Tree<'t> {
    /// Parses the whole of `text`.
    #[cfg(test)]
    pub(crate) fn parse(text: &'t str) -> Option<Tree<'t>> {
        Self::parse_from(text, None, None)
    }

    /// Parses `text`, or `focused` in its place: the same text with blanks for some of its bytes. Nothing where the
    /// parser gives up or the text exceeds 4 GiB. `before` is the tree of the text before the edits that it has been told of.
    pub(crate) fn parse_from(
        text: &'t str,
        focused: Option<String>,
        before: Option<&Syntax>,
    ) -> Option<Tree<'t>> {
        u32::try_from(text.len()).ok()?;
        let (nodes, syntax) = parse(focused.as_deref().unwrap_or(text), before)?;
        Some(Self::of(text, focused, nodes, syntax))
    }

    /// The tree of a text that consists of these two parts. Of the imports in the first one it has those that the second one may
    /// use.
    pub(crate) fn joined(text: &'t str, head: &Part, part: &Part) -> Tree<'t> {
        let is_unused = |name: &String| name != "." && part.qualifiers.binary_search(name).is_err();
        let mut nodes = Vec::with_capacity(head.nodes.len() + part.nodes.len());
        // Where each node of the head has gone.
        let mut places = Vec::with_capacity(head.nodes.len());
        let mut keep = |range: std::ops::Range<usize>, is_kept: bool| {
            for node in &head.nodes[range] {
                places.push(nodes.len() as u32);
                if is_kept {
                    nodes.push(*node);
                }
            }
        };
        let mut from = 0;
        for (index, _) in head.imports.iter().filter(|(_, name)| is_unused(name)) {
            let end = head.nodes[*index].last as usize;
            keep(from..*index, true);
            keep(*index..end, false);
            from = end;
        }
        keep(from..head.nodes.len(), true);
        let end = nodes.len() as u32;
        for node in &mut nodes {
            node.parent = places[node.parent as usize];
            node.last = places.get(node.last as usize).copied().unwrap_or(end);
        }
        // The root of the second part gives way to the one that is there.
        let (shift, offset) = (end - 1, head.len as u32);
        nodes.extend(part.nodes[1..].iter().map(|node| Node {
            start: node.start + offset,
            end: node.end + offset,
            parent: if node.parent == 0 { 0 } else { node.parent + shift },
            last: node.last + shift,
            ..*node
        }));
        let last = nodes.len() as u32;
        (nodes[0].end, nodes[0].last) = (offset + part.len as u32, last);
        Self::of(text, None, nodes, None)
    }

    fn of(text: &'t str, focused: Option<String>, nodes: Vec<Node>, syntax: Option<Syntax>) -> Tree<'t> {
        Tree { text, focused, nodes, verbatim: OnceCell::new(), syntax, lines: OnceCell::new() }
    }

    /// Makes values of what was read as types in the arguments of calls, and calls of what was read as conversions, where
    /// what a name `means` tells so. Whether it did so anywhere.
    pub(crate) fn settle(&mut self, means: impl Fn(&Self, NodeId) -> Means) -> bool {
        let means = |name: usize| means(self, NodeId(name as u32));
        // Most texts have none, which a search for the word tells sooner.
        let has_new = memchr::memmem::find(self.text.as_bytes(), b"new").is_some();
        let arguments = if has_new { misread::types_or_values(&self.nodes) } else { Vec::new() };
        let is_value = |name| matches!(means(name), Means::Value | Means::Function);
        let values = arguments.into_iter().filter(|&(_, name)| is_value(name));
        let values: Vec<usize> = values.map(|(argument, _)| argument).collect();
        let calls = misread::calls(&self.nodes, means);
        for &value in &values {
            misread::retype(&mut self.nodes, value);
        }
        for &call in &calls {
            misread::as_call(&mut self.nodes, call);
        }
        if !calls.is_empty() {
            self.verbatim = OnceCell::new();
        }
        !values.is_empty() || !calls.is_empty()
    }

    fn all_verbatim(&self) -> &[NodeId] {
        self.verbatim.get_or_init(|| {
            self.all().filter(|&id| matches!(self.kind(id), Kind::Comment | Kind::RawString)).collect()
        })
    }

    /// What the parser saw, where it is not the text.
    pub(crate) fn focused(&self) -> Option<&str> {
        self.focused.as_deref()
    }

    /// A copy of the parser's own tree, to be told of edits; nothing where there is none.
    pub(crate) fn syntax(&self) -> Option<Syntax> {
        self.syntax.clone()
    }

    /// The comments and raw strings that share a byte with `span`, in source order.
    pub(crate) fn verbatim(&self, span: Span) -> impl Iterator<Item = NodeId> + '_ {
        let all = self.all_verbatim();
        let first = all.partition_point(|&id| self.end(id) <= span.start);
        all[first..].iter().copied().take_while(move |&id| self.start(id) < span.end)
    }

    /// All comments, in source order.
    pub(crate) fn comments(&self) -> impl Iterator<Item = NodeId> + '_ {
        self.all_verbatim().iter().copied().filter(|&id| self.kind(id) == Kind::Comment)
    }

    /// All nodes in preorder, which is source order.
    pub(crate) fn all(&self) -> impl Iterator<Item = NodeId> + use<> {
        (0..self.nodes.len() as u32).map(NodeId)
    }

    /// Number of nodes.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// The node of the whole file.
    pub(crate) const ROOT: NodeId = NodeId(0);

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    pub(crate) fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    /// The part that the node plays in its parent.
    pub(crate) fn field(&self, id: NodeId) -> Field {
        self.node(id).field
    }

    /// The statement of a list that a node stands in, apart from the node itself.
    pub(crate) fn statement_around(&self, id: NodeId) -> Option<NodeId> {
        let is_listed =
            |&up: &NodeId| self.parent(up).is_some_and(|list| self.kind(list) == Kind::StatementList);
        self.ancestors(id).find(is_listed)
    }

    /// Whether a name stands in front of a colon in a composite literal.
    pub(crate) fn is_element_key(&self, name: NodeId) -> bool {
        let mut up = self.ancestors(name);
        let element = up.next().filter(|&id| self.kind(id) == Kind::LiteralElement);
        let keyed = up.next().filter(|&id| self.kind(id) == Kind::KeyedElement);
        element.is_some() && keyed.is_some_and(|keyed| self.named(keyed).next() == element)
    }

    /// The elements of a composite literal, or of one inside that leaves its type out: the key, where there is one, and the
    /// value.
    pub(crate) fn elements(&self, literal: NodeId) -> Vec<(Option<NodeId>, NodeId)> {
        let inner = |element: NodeId| self.named(element).next();
        let read = |element: NodeId| {
            if self.kind(element) != Kind::KeyedElement {
                return inner(element).map(|value| (None, value));
            }
            let mut parts = self.named(element).filter_map(inner);
            let key = parts.next();
            parts.next().map(|value| (key, value))
        };
        let body = self.child(literal, Field::Body).unwrap_or(literal);
        self.named(body).filter_map(read).collect()
    }

    /// Whether an expression is the function of a call.
    pub(crate) fn is_callee(&self, id: NodeId) -> bool {
        self.field(id) == Field::Function && self.parent(id).is_some_and(|up| self.kind(up) == Kind::Call)
    }

    pub(crate) fn span(&self, id: NodeId) -> Span {
        let node = self.node(id);
        Span::new(node.start as usize, node.end as usize)
    }

    pub(crate) fn start(&self, id: NodeId) -> usize {
        self.node(id).start as usize
    }

    pub(crate) fn end(&self, id: NodeId) -> usize {
        self.node(id).end as usize
    }

    /// The lines of the text.
    pub(crate) fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(self.text))
    }

    pub(crate) fn text_of(&self, id: NodeId) -> &'t str {
        self.span(id).of(self.text)
    }

    /// The parent; nothing for the root.
    pub(crate) fn parent(&self, id: NodeId) -> Option<NodeId> {
        (id.0 != 0).then(|| NodeId(self.node(id).parent))
    }

    /// From the parent up to the root.
    pub(crate) fn ancestors(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        std::iter::successors(self.parent(id), |&at| self.parent(at))
    }

    /// Preorder index one past the last descendant: the subtree of `id` is `id.0..last`.
    pub(crate) fn last(&self, id: NodeId) -> u32 {
        self.node(id).last
    }

    /// Whether `inner` is `outer` or one of its descendants.
    pub(crate) fn within(&self, inner: NodeId, outer: NodeId) -> bool {
        outer.0 <= inner.0 && inner.0 < self.last(outer)
    }

    /// The node and all its descendants in source order.
    pub(crate) fn subtree(&self, id: NodeId) -> impl Iterator<Item = NodeId> + use<> {
        (id.0..self.last(id)).map(NodeId)
    }

    /// The descendants of `id` that belong to the same function: nested function literals are passed over.
    pub(crate) fn own_subtree(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let (mut at, last) = (id.0, self.last(id));
        std::iter::from_fn(move || {
            if at >= last {
                return None;
            }
            let node = NodeId(at);
            let literal = node != id && self.kind(node) == Kind::FunctionLiteral;
            at = if literal { self.last(node) } else { at + 1 };
            Some(node)
        })
    }

    /// The function literals directly in `id`, not those inside them.
    pub(crate) fn own_subtree_literals(&self, id: NodeId) -> Vec<NodeId> {
        let (mut at, last) = (id.0 + 1, self.last(id));
        let mut found = Vec::new();
        while at < last {
            let node = NodeId(at);
            let literal = self.kind(node) == Kind::FunctionLiteral;
            at = if literal { self.last(node) } else { at + 1 };
            found.extend(literal.then_some(node));
        }
        found
    }

    /// The call expression of a defer statement.
    pub(crate) fn deferred_call(&self, defer: NodeId) -> Option<NodeId> {
        let expression = self.named(defer).next()?;
        let call = self.unparenthesized(expression);
        (self.kind(call) == Kind::Call).then_some(call)
    }

    /// Direct children, tokens and comments included.
    pub(crate) fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let last = self.last(id);
        std::iter::successors((id.0 + 1 < last).then_some(NodeId(id.0 + 1)), move |&child| {
            let next = self.last(child);
            (next < last).then_some(NodeId(next))
        })
    }

    /// Direct children that are neither tokens nor comments.
    pub(crate) fn named(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.children(id).filter(|&child| !matches!(self.kind(child), Kind::Token | Kind::Comment))
    }

    /// The first child that plays the given part.
    pub(crate) fn child(&self, id: NodeId, field: Field) -> Option<NodeId> {
        self.children(id).find(|&child| self.field(child) == field && self.kind(child) != Kind::Comment)
    }

    /// The first child of the given kind.
    pub(crate) fn child_of_kind(&self, id: NodeId, kind: Kind) -> Option<NodeId> {
        self.children(id).find(|&child| self.kind(child) == kind)
    }

    /// Whether a direct child is the given token.
    pub(crate) fn has_token(&self, id: NodeId, token: &str) -> bool {
        self.children(id).any(|child| self.kind(child) == Kind::Token && self.text_of(child) == token)
    }

    /// Whether the node itself is damage: an error, or something the parser had to make up.
    pub(crate) fn is_fault(&self, id: NodeId) -> bool {
        self.node(id).missing || self.kind(id) == Kind::Error
    }

    /// The number of damaged places in the file.
    pub(crate) fn faults(&self) -> usize {
        self.all().filter(|&id| self.is_fault(id)).count()
    }

    /// The innermost function declaration or literal around `id`.
    pub(crate) fn function_around(&self, id: NodeId) -> Option<NodeId> {
        self.ancestors(id).find(|&at| self.kind(at).is_function())
    }

    /// The expression inside any number of parentheses.
    pub(crate) fn unparenthesized(&self, mut id: NodeId) -> NodeId {
        while self.kind(id) == Kind::Parenthesized {
            match self.named(id).next() {
                Some(inner) => id = inner,
                None => break,
            }
        }
        id
    }

    /// The statements of a block or of a clause, in order, without comments.
    pub(crate) fn statements(&self, list_owner: NodeId) -> Vec<NodeId> {
        match self.child_of_kind(list_owner, Kind::StatementList) {
            Some(list) => self.named(list).collect(),
            None => Vec::new(),
        }
    }

    /// The operands of an expression list, or the single expression itself.
    pub(crate) fn operands(&self, list: NodeId) -> Vec<NodeId> {
        if self.kind(list) == Kind::ExpressionList { self.named(list).collect() } else { vec![list] }
    }
}

/// Whether something is so of an expression: `parts` gives back what it has to be so of in turn, or nothing where it is not.
/// Expressions are as deep as anybody likes, so this does not recurse.
pub(crate) fn holds_of_all(expression: NodeId, parts: impl Fn(NodeId) -> Option<Vec<NodeId>>) -> bool {
    let mut todo = vec![expression];
    while let Some(part) = todo.pop() {
        match parts(part) {
            Some(more) => todo.extend(more),
            None => return false,
        }
    }
    true
}

impl Kind {
    /// A function declaration, a method declaration or a function literal.
    pub(crate) fn is_function(self) -> bool {
        matches!(self, Kind::FunctionDeclaration | Kind::MethodDeclaration | Kind::FunctionLiteral)
    }

    /// A statement that an unlabelled `break` leaves.
    pub(crate) fn is_breakable(self) -> bool {
        matches!(self, Kind::For | Kind::ExpressionSwitch | Kind::TypeSwitch | Kind::Select)
    }

    /// A clause of a switch or select.
    pub(crate) fn is_clause(self) -> bool {
        matches!(self, Kind::ExpressionCase | Kind::TypeCase | Kind::CommunicationCase | Kind::DefaultCase)
    }

    /// What is read as a type in an argument. The rest of what may stand there is a value.
    pub(crate) fn is_type(self) -> bool {
        matches!(
            self,
            Kind::TypeIdentifier
                | Kind::QualifiedType
                | Kind::PointerType
                | Kind::GenericType
                | Kind::SliceType
                | Kind::ArrayType
                | Kind::MapType
                | Kind::ChannelType
                | Kind::FunctionType
                | Kind::StructType
                | Kind::InterfaceType
                | Kind::Other
        )
    }

    /// A basic literal (spec, "Operands").
    pub(crate) fn is_basic_literal(self) -> bool {
        matches!(
            self,
            Kind::IntLiteral
                | Kind::FloatLiteral
                | Kind::ImaginaryLiteral
                | Kind::RuneLiteral
                | Kind::InterpretedString
                | Kind::RawString
        )
    }

    /// A node that names something in a scope: variables, types, packages and the predeclared words.
    pub(crate) fn is_name(self) -> bool {
        matches!(
            self,
            Kind::Identifier
                | Kind::TypeIdentifier
                | Kind::PackageIdentifier
                | Kind::Nil
                | Kind::True
                | Kind::False
                | Kind::Iota
        )
    }
}

struct Grammar {
    parser: Parser,
    kinds: Vec<Kind>,
    fields: Vec<Field>,
}

thread_local! {
    static PARSER: RefCell<Grammar> = RefCell::new(Grammar::load());
}

impl Grammar {
    fn load() -> Self {
        let language: Language = tree_sitter_go::LANGUAGE.into();
        let mut parser = Parser::new();
        parser.set_language(&language).expect("the grammar was built for this version of the parser");
        let kinds = (0..language.node_kind_count() as u16).map(|id| {
            if !language.node_kind_is_named(id) {
                return Kind::Token;
            }
            language.node_kind_for_id(id).map_or(Kind::Other, Kind::of)
        });
        let fields = (0..=language.field_count() as u16)
            .map(|id| language.field_name_for_id(id).map_or(Field::Other, Field::of));
        Self { kinds: kinds.collect(), fields: fields.collect(), parser }
    }
}

/// The nodes of a text, and the parser's own tree where the parser was needed; nothing where it gives up.
fn parse(text: &str, before: Option<&Syntax>) -> Option<(Vec<Node>, Option<Syntax>)> {
    // What was not plain before an edit is not plain behind it.
    if before.is_none()
        && let Some(reading) = reader::read(text)
    {
        return Some((reading.nodes, None));
    }
    let (nodes, syntax) = parse_by_grammar(text, before)?;
    Some((nodes, Some(syntax)))
}

fn parse_by_grammar(text: &str, before: Option<&Syntax>) -> Option<(Vec<Node>, Syntax)> {
    let before = before.map(|syntax| &syntax.0);
    let parsed = PARSER.with_borrow_mut(|grammar| grammar.parser.parse(text, before))?;
    let mut nodes = PARSER.with_borrow(|grammar| flatten(&parsed, grammar));
    misread::mark(&mut nodes);
    Some((nodes, Syntax(parsed)))
}

/// Whether the reader gives the tree that the grammar gives; nothing where it leaves the text to the grammar, or that one
/// cannot read it or misreads it.
pub(crate) fn readings_agree(text: &str) -> Option<bool> {
    let own = reader::read(text).filter(|own| !own.is_beyond_grammar)?;
    let (nodes, _) = parse_by_grammar(text, None)?;
    (!misread::is_marked(&nodes)).then(|| nodes == own.nodes)
}

/// Copies the tree into preorder, without recursion.
fn flatten(parsed: &tree_sitter::Tree, grammar: &Grammar) -> Vec<Node> {
    let mut cursor = parsed.walk();
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: Vec<u32> = Vec::new();
    loop {
        let node = cursor.node();
        let kind = if node.is_error() {
            Kind::Error
        } else {
            grammar.kinds.get(node.kind_id() as usize).copied().unwrap_or(Kind::Other)
        };
        let field = cursor.field_id().map_or(Field::Other, |id| grammar.fields[id.get() as usize]);
        let index = nodes.len() as u32;
        nodes.push(Node {
            kind,
            field,
            missing: node.is_missing(),
            start: node.start_byte() as u32,
            end: node.end_byte() as u32,
            parent: open.last().copied().unwrap_or(0),
            last: index + 1,
        });
        if cursor.goto_first_child() {
            open.push(index);
            continue;
        }
        while !cursor.goto_next_sibling() {
            let Some(parent) = open.pop() else { return nodes };
            nodes[parent as usize].last = nodes.len() as u32;
            cursor.goto_parent();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn preorder_ranges_are_subtrees() {
        let tree = Tree::parse("package p\n\nfunc f() {\n\tfor {\n\t\tdefer g()\n\t}\n}\n").unwrap();
        let at = tree.all().find(|&id| tree.kind(id) == Kind::Defer).unwrap();
        let looped = tree.all().find(|&id| tree.kind(id) == Kind::For).unwrap();
        assert!(tree.within(at, looped) && !tree.within(looped, at));
        assert_eq!(tree.text_of(at), "defer g()");
        let body = tree.child(looped, Field::Body).unwrap();
        assert_eq!(tree.statements(body), vec![at]);
        assert_eq!(tree.faults(), 0);
    }

    /// Packages have the names of their folders.
    fn part_of(text: &str) -> Option<Part> {
        Part::parse(text, |path| path)
    }

    #[test]
    fn joined_parts_are_the_tree_of_the_whole_text() {
        let head = "package p\n\nimport (\n\t\"os\"\n\tx \"y\"\n)\n";
        let parts = [
            "func (t *T) f(a os.File) (x int, _ error) {\n\tfor {\n\t\tdefer x.g(a) // x\n\t}\n}\n",
            "type T struct {\n\ta, b os.File `raw`\n\t*x.T\n}\n",
        ];
        for part in parts {
            let whole = [head, part].concat();
            let parsed = Tree::parse(&whole).unwrap();
            let (head, part) = (part_of(head).unwrap(), part_of(part).unwrap());
            let joined = Tree::joined(&whole, &head, &part);
            assert_eq!(format!("{:?}", joined.nodes), format!("{:?}", parsed.nodes));
            assert_eq!(joined.all_verbatim(), parsed.all_verbatim());
        }
    }

    #[test]
    fn an_import_that_is_not_used_is_left_out_of_joined_parts() {
        let head = "package p\n\nimport (\n\t\"os\"\n\tx \"y\"\n)\n\nimport \"io\"\n";
        let part = "func f() {\n\tx.G()\n}\n";
        let whole = [head, part].concat();
        let (head, part) = (part_of(head).unwrap(), part_of(part).unwrap());
        let joined = Tree::joined(&whole, &head, &part);
        let texts = |kind| {
            let nodes = joined.all().filter(|&id| joined.kind(id) == kind);
            nodes.map(|id| joined.text_of(id)).collect::<Vec<_>>()
        };
        assert_eq!(texts(Kind::ImportSpec), ["x \"y\""]);
        assert_eq!(texts(Kind::ExpressionStatement), ["x.G()"]);
        for id in joined.all().skip(1) {
            let parent = joined.parent(id).unwrap();
            assert!(joined.within(id, parent) && joined.last(id) <= joined.last(parent));
            assert!(joined.span(parent).contains(joined.span(id)));
        }
    }

    #[test]
    fn a_damaged_part_is_none() {
        assert!(part_of("func f( {\n").is_none() && part_of("func f() {\n").is_none());
    }

    #[test]
    fn nesting_costs_no_stack() {
        let deep = 100_000;
        let text = format!("package p\nfunc f() {{{}{}}}\n", "for {".repeat(deep), "}".repeat(deep));
        let tree = Tree::parse(&text).unwrap();
        assert!(tree.all().filter(|&id| tree.kind(id) == Kind::For).count() > 0);
    }
}
