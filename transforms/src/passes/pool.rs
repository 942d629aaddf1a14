//! The pool pass: an object that each iteration makes afresh comes from a pool and goes back to it behind its release.
//!
//! Sound because nobody can tell the object from a new one: it is made as good as new right where it was made, and nobody
//! has it, or memory of it, when it goes back. The release stays, and how it and the return to the pool run on each way out
//! is left to the inline form or the closure form; where an error or a panic keeps an object from going back, the pool makes
//! another. Prerequisites:
//! 1. what is released is an object of memory alone, made in a statement of its own with constant arguments, whose error is
//!    looked at before the object is used;
//! 2. `Reset`, or an assignment of the whole value, gives it the state that the constructor gives it;
//! 3. the variable keeps the object, and all that gets the object or a part of its memory is of no use after the iteration;
//! 4. the iteration does not give it back itself.

use std::collections::BTreeMap;

use crate::edit::{Edit, EditSet};
use crate::file::File;
use crate::parse::{Field, Kind, NodeId};
use crate::passes::acquire::{Acquire, Pooled};
use crate::passes::constructors::Takes;
use crate::passes::inline::{Added, Behind, lower};
use crate::passes::lines::Lines;
use crate::passes::poolable::{Finder, Made, Object};
use crate::passes::pools::{Pool, Pools};
use crate::passes::{Given, Pass, Plan, Refusal, Standing, closure, own};
use crate::region::Group;
use crate::scope::BindingId;
use crate::signature::type_text;
use crate::span::Span;
use crate::verdict::{Form, Reason};
use crate::wrap::{indent_of, starts_line};

/// What `explain pool` shows.
pub(crate) const PASS: Pass = Pass {
    form: Form::Pool,
    summary: "takes an object that each iteration makes from a sync.Pool, and gives it back behind its release",
    doc: "Objects of memory alone that can be made as good as new: bytes.Buffer, readers and writers of gzip, flate, zlib and bufio, hashes without a key, and types of the package, by their Reset or by assigning the whole value. One pool at package level for each type and constant arguments; Get and Reset stand where the object was made, the release stays, and Put stands behind it, in the inline or the closure form. Buffers that grew beyond 64 KiB are not kept. A Get with a deferred Put in the loop becomes one that gives the object back in each iteration.\n\nSafe where it is proved that nobody has the object, or memory of it, after the iteration. A Reset of the program's own may leave something behind, and bufio may give back its argument where that is a buffer itself: unsafe.\n\nLeft alone: levels, sizes, dictionaries and keys that are not constant, keyed hashes, objects that keep an error or a state, resources of the system, objects that leave the iteration.",
    before: "package p\n\nimport (\n\t\"bytes\"\n\t\"compress/gzip\"\n\t\"io\"\n)\n\nfunc size(blobs [][]byte) (int64, error) {\n\ttotal := int64(0)\n\tfor _, blob := range blobs {\n\t\tzr, err := gzip.NewReader(bytes.NewReader(blob))\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\tdefer zr.Close()\n\t\tn, err := io.Copy(io.Discard, zr)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\ttotal += n\n\t}\n\treturn total, nil\n}\n",
    after: "package p\n\nimport (\n\t\"bytes\"\n\t\"compress/gzip\"\n\t\"io\"\n\t\"sync\"\n)\n\nvar gzipReaderPool = sync.Pool{New: func() any { return new(gzip.Reader) }}\n\nfunc size(blobs [][]byte) (int64, error) {\n\ttotal := int64(0)\n\tfor _, blob := range blobs {\n\t\tzr := gzipReaderPool.Get().(*gzip.Reader)\n\t\terr := zr.Reset(bytes.NewReader(blob))\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\tn, err := io.Copy(io.Discard, zr)\n\t\tzr.Close()\n\t\tgzipReaderPool.Put(zr)\n\t\tif err != nil {\n\t\t\treturn 0, err\n\t\t}\n\t\ttotal += n\n\t}\n\treturn total, nil\n}\n",
    standing: Standing::Asked,
    wraps: true,
    stand_in: None,
    plan,
};

/// Plans the rewrite of one group.
fn plan(file: &File<'_, '_>, group: &Group, given: &Given) -> Result<Plan, Refusal> {
    let found = objects(file, group)?;
    let mut pools = Pools::new(file);
    let mut pooled = Vec::new();
    for object in found {
        not_twice(file, group, &object)?;
        let (defer, holders) = confined(file, group, &object)?;
        let pool = pool(file, &mut pools, &object)?;
        pooled.push(Pooled { object, pool, defer, holders });
    }
    let plan = lowered(file, group, given, &pooled, &pools.imports.edits())?;
    let doubt = pooled.iter().find_map(|one| doubt(file, group, &one.object));
    let settles = settles(file, group, &pooled);
    Ok(Plan { doubt: doubt.or(plan.doubt), settles, imports: true, ..plan })
}

/// What is unproved about the defers by themselves, and known here: calls that give back memory of an object that nobody else
/// has may be made earlier, and where an object comes from that the iteration makes.
fn settles(file: &File<'_, '_>, group: &Group, pooled: &[Pooled]) -> Vec<(NodeId, Refusal)> {
    let tree = file.tree;
    let mut settles = Vec::new();
    for &defer in &group.defers {
        if is_memory(file, group, pooled, defer) {
            settles.push((defer, Refusal { reason: Reason::ReleaseUnknown, at: tree.span(defer) }));
        }
        for Pooled { object, .. } in pooled {
            let mentions = file.scopes.get(object.variable).mentions.iter().copied();
            let places = mentions.chain([object.statement]).map(|at| tree.span(at));
            settles.extend(places.map(|at| (defer, Refusal { reason: Reason::UnknownResource, at })));
        }
    }
    settles
}

fn refuse<T>(file: &File<'_, '_>, reason: Reason, at: NodeId) -> Result<T, Refusal> {
    Err(Refusal { reason, at: file.tree.span(at) })
}

/// Prerequisite 1: the objects that the deferred calls release.
fn objects(file: &File<'_, '_>, group: &Group) -> Result<Vec<Object>, Refusal> {
    let finder = Finder::new(file, group);
    let mut found: BTreeMap<BindingId, Object> = BTreeMap::new();
    let mut why: Option<Refusal> = None;
    for &defer in &group.defers {
        for variable in released(file, group, defer) {
            match finder.object(variable) {
                Ok(object) => {
                    found.insert(variable, object);
                }
                Err(reason) => {
                    let is_vague = |known: &Refusal| known.reason == Reason::PoolNoObject;
                    if why.as_ref().is_none_or(is_vague) {
                        why = Some(Refusal { reason, at: file.tree.span(defer) });
                    }
                }
            }
        }
    }
    if found.is_empty() {
        let at = file.tree.span(group.defers[0]);
        return Err(why.unwrap_or(Refusal { reason: Reason::PoolNoObject, at }));
    }
    Ok(found.into_values().collect())
}

/// The variables of the iteration that a deferred call mentions.
fn released(file: &File<'_, '_>, group: &Group, defer: NodeId) -> Vec<BindingId> {
    let File { tree, scopes, .. } = *file;
    let names = tree.subtree(defer).filter(|&id| tree.kind(id) == Kind::Identifier);
    let mut variables: Vec<BindingId> = Vec::new();
    for binding in names.filter_map(|id| scopes.meaning(id)) {
        let at = scopes.get(binding).at;
        let local = tree.within(at, group.iteration) && !tree.within(at, defer);
        if local && file.ask().is_variable(binding) && !variables.contains(&binding) {
            variables.push(binding);
        }
    }
    variables
}

/// Prerequisite 4.
fn not_twice(file: &File<'_, '_>, group: &Group, object: &Object) -> Result<(), Refusal> {
    let tree = file.tree;
    match (&object.made, puts(file, group, object).as_slice()) {
        (Made::Taken, [only]) if group.defers.iter().any(|&defer| tree.within(*only, defer)) => Ok(()),
        (Made::Taken, []) => refuse(file, Reason::PoolNoObject, object.statement),
        (_, []) => Ok(()),
        (_, puts) => refuse(file, Reason::PoolTwice, puts[puts.len() - 1]),
    }
}

/// The calls that give an object to a pool.
fn puts(file: &File<'_, '_>, group: &Group, object: &Object) -> Vec<NodeId> {
    let File { tree, scopes, .. } = *file;
    let finder = Finder::new(file, group);
    let calls = tree.subtree(group.iteration).filter(|&id| finder.is_pool_call(id, "Put"));
    let gives = |&call: &NodeId| {
        let arguments = tree.child(call, Field::Arguments);
        let mut given = arguments.into_iter().flat_map(|list| tree.named(list));
        given.any(|argument| scopes.meaning(tree.unparenthesized(argument)) == Some(object.variable))
    };
    calls.filter(gives).collect()
}

/// Prerequisite 3: where the object goes, all is known, and nothing of it is left behind. Gives the defer whose call is the last
/// to be made with the object or with what holds it, the first of those that mention one of them; and the variables that hold it.
fn confined(
    file: &File<'_, '_>,
    group: &Group,
    object: &Object,
) -> Result<(NodeId, Vec<BindingId>), Refusal> {
    let File { tree, scopes, .. } = *file;
    own::confined(file, group, object)?;
    // What the deferred calls do with the object is looked at too, but for what gives it back to its pool.
    let carriers = file.ask().carriers(object.variable, group.iteration, puts(file, group, object));
    let carriers = carriers.or_else(|at| refuse(file, Reason::PoolLeaves, at))?;
    let mentions = |defer: NodeId| {
        let mut names = tree.subtree(defer).filter_map(|id| scopes.meaning(id));
        names.any(|binding| carriers.contains(&binding))
    };
    let defers = tree.subtree(group.iteration).filter(|&id| tree.kind(id) == Kind::Defer);
    let own = |defer: &NodeId| tree.function_around(*defer) == Some(group.function);
    let defers: Vec<NodeId> = defers.filter(own).filter(|&defer| mentions(defer)).collect();
    // One that stays would run when the object is somebody else's; one in front of the object cannot name it.
    let late =
        defers.iter().copied().find(|defer| !group.defers.contains(defer) || *defer < object.statement);
    match (late, defers.first()) {
        (None, Some(&first)) => Ok((first, carriers)),
        (late, _) => refuse(file, Reason::PoolLeaves, late.unwrap_or(object.statement)),
    }
}

/// What the pass cannot prove of an object.
fn doubt(file: &File<'_, '_>, group: &Group, object: &Object) -> Option<Refusal> {
    let reason = match object.made {
        Made::Own { .. } => Some(Reason::PoolOwnType),
        Made::Whole { .. } if !own::only_fields(file, group, object) => Some(Reason::PoolOwnType),
        Made::Taken if !is_renewed(file, group, object) => Some(Reason::PoolStale),
        _ => object.doubt,
    };
    reason.map(|reason| Refusal { reason, at: file.tree.span(object.statement) })
}

/// Whether an object from a pool is made new before anything else is done with it, or before it goes back.
fn is_renewed(file: &File<'_, '_>, group: &Group, object: &Object) -> bool {
    let File { tree, scopes, .. } = *file;
    let resets = |mention: NodeId| {
        let Some(up) = tree.parent(mention) else { return false };
        let selected = tree.child(up, Field::Selected).map_or("", |name| tree.text_of(name));
        let is_reset = tree.kind(up) == Kind::Selector && selected == "Reset";
        let is_whole = tree.kind(up) == Kind::Unary
            && tree.has_token(up, "*")
            && tree.ancestors(up).take(2).any(|at| tree.kind(at) == Kind::Assignment);
        is_reset || is_whole
    };
    let binding = scopes.get(object.variable);
    let in_defer = |mention: NodeId| group.defers.iter().any(|&defer| tree.within(mention, defer));
    let mut others = binding.mentions.iter().copied().filter(|&at| at != binding.at && !in_defer(at));
    let list = tree.parent(object.statement);
    let first = others.next().is_some_and(|first| {
        // It is made new on every way only where that is a statement of the same list.
        resets(first) && tree.ancestors(first).take(4).any(|up| tree.parent(up) == list)
    });
    // In one deferred function the statements run as they are written, the functions themselves in reverse.
    let around = |at: NodeId| group.defers.iter().copied().find(|&defer| tree.within(at, defer));
    let put = puts(file, group, object).first().copied();
    let in_time =
        |at: NodeId| put.is_some_and(|put| if around(at) == around(put) { at < put } else { at > put });
    first || binding.mentions.iter().copied().filter(|&at| in_defer(at) && in_time(at)).any(resets)
}

/// The pool of an object.
fn pool(
    file: &File<'_, '_>,
    pools: &mut Pools<'_, '_, '_>,
    object: &Object,
) -> Result<Option<Pool>, Refusal> {
    let tree = file.tree;
    let constant = match object.made {
        Made::Taken => return Ok(None),
        Made::Constructed { how, call }
            if matches!(how.takes, Takes::StreamAndLevel | Takes::StreamAndSize) =>
        {
            let arguments = tree.child(call, Field::Arguments);
            let last = arguments.and_then(|arguments| tree.named(arguments).last());
            last.map_or_else(String::new, |last| type_text(tree, last))
        }
        _ => String::new(),
    };
    match pools.of(&object.made, &constant, tree.start(object.statement)) {
        Some(pool) => Ok(Some(pool)),
        None => refuse(file, Reason::NameHidden, object.statement),
    }
}

/// The plan of the form that the releases get, with what is about pools. Plain calls where those add no doubt and read well.
fn lowered(
    file: &File<'_, '_>,
    group: &Group,
    given: &Given,
    pooled: &[Pooled],
    imports: &[Edit],
) -> Result<Plan, Refusal> {
    let added = added(file, group, pooled);
    let finish = |mut plan: Plan, puts: Vec<Edit>, indented: Option<Span>| {
        plan.edits.extend(puts);
        plan.edits.extend(imports.iter().cloned());
        for one in pooled {
            plan.edits.extend(Acquire::new(file, one, indented).edits()?);
            plan.edits.extend(one.pool.iter().map(|pool| pool.edit.clone()));
        }
        let fits = EditSet::default().merge(plan.edits.clone()).is_ok();
        if fits { Ok(plan) } else { refuse(file, Reason::PoolShape, group.defers[0]) }
    };
    let plain = lower(file, group, given, &added).and_then(|plan| finish(plan, Vec::new(), None));
    if let Ok(plan) = &plain
        && plan.doubt.is_none()
        && plan.clumsy.is_none()
    {
        return plain;
    }
    let puts: Vec<Edit> = pooled.iter().filter_map(|one| deferred_put(file, one)).collect();
    let wrapped = (closure::PASS.plan)(file, group, given).and_then(|plan| {
        let region = plan.region;
        finish(plan, puts, Some(region))
    });
    wrapped.or_else(|refusal| plain.ok().filter(|plan| plan.doubt.is_none()).ok_or(refusal))
}

/// What goes behind the plain calls, and which of those need not be made after a panic.
fn added(file: &File<'_, '_>, group: &Group, pooled: &[Pooled]) -> Added {
    let mut added = Added::default();
    for one in pooled {
        let Some(pool) = &one.pool else { continue };
        let variable = file.scopes.get(one.object.variable);
        let statement = format!("{}({})", pool.put, variable.name);
        let behind = Behind { statement, name: variable.at, holders: one.holders.clone() };
        added.behind.entry(one.defer).or_default().push(behind);
    }
    // A method of an own type may have a copy of the value for its receiver, taken at the defer.
    let by_pointer = |object: &&Object| matches!(object.made, Made::Constructed { .. } | Made::Buffer);
    let objects = pooled.iter().map(|one| &one.object);
    added.steady = objects.filter(by_pointer).map(|object| object.variable).collect();
    let is_memory = |&defer: &NodeId| is_memory(file, group, pooled, defer);
    added.memory = group.defers.iter().copied().filter(is_memory).collect();
    added
}

/// Whether all that a deferred call gives back is memory of pooled objects.
fn is_memory(file: &File<'_, '_>, group: &Group, pooled: &[Pooled], defer: NodeId) -> bool {
    let File { tree, scopes, .. } = *file;
    let Some(deferred) = tree.deferred_call(defer) else { return false };
    let finder = Finder::new(file, group);
    let mut calls = tree.subtree(deferred).filter(|&id| tree.kind(id) == Kind::Call);
    calls.all(|call| {
        let Some(callee) = tree.child(call, Field::Function) else { return false };
        if tree.kind(callee) == Kind::FunctionLiteral {
            return call == deferred && is_list_of_calls(file, callee);
        }
        let operand = tree.child(callee, Field::Operand).and_then(|operand| scopes.meaning(operand));
        let name = tree.child(callee, Field::Selected).map_or("", |name| tree.text_of(name));
        let object = pooled.iter().map(|one| &one.object).find(|one| Some(one.variable) == operand);
        let is_standard = finder.is_standard(call);
        object.filter(|_| is_standard).is_some_and(|object| match &object.made {
            Made::Constructed { how, .. } => name == "Reset" || how.closes_memory && name == "Close",
            Made::Buffer | Made::Taken => name == "Reset",
            Made::Whole { .. } | Made::Own { .. } => false,
        }) || finder.is_pool_call(call, "Put")
    })
}

/// Whether a function literal does nothing but make calls, one after the other.
fn is_list_of_calls(file: &File<'_, '_>, literal: NodeId) -> bool {
    let tree = file.tree;
    let body = tree.child(literal, Field::Body).map_or_else(Vec::new, |body| tree.statements(body));
    body.into_iter().all(|statement| {
        let call = tree.named(statement).next();
        tree.kind(statement) == Kind::ExpressionStatement
            && call.is_some_and(|call| tree.kind(call) == Kind::Call)
    })
}

/// `defer pool.Put(x)` in front of the defer whose call runs before it.
fn deferred_put(file: &File<'_, '_>, one: &Pooled) -> Option<Edit> {
    let File { tree, lines, scopes, .. } = *file;
    let pool = one.pool.as_ref()?;
    let text = format!("defer {}({})", pool.put, scopes.get(one.object.variable).name);
    let (start, eol) = (tree.start(one.defer), Lines::new(file).eol);
    if !starts_line(tree.text, lines, start) {
        return Some(Edit::insert(start, format!("{text}; ")));
    }
    let at = Lines::new(file).first_line(one.defer);
    let indent = indent_of(tree.text, at);
    // The line in front of which it stands has got a tab of its own already.
    Some(Edit::insert(at, format!("{indent}{text}{eol}\t")))
}
