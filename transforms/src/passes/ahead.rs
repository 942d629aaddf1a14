//! What moves in front of a loop: whether names are free there and which mentions need another one, and the guards that stand
//! there already.

use crate::file::File;
use crate::parse::{Field, Kind, NodeId};
use crate::scope::{Access, BindingId, Declares, access};

/// Whether a name is free in front of a loop: nobody there, in the loop, or behind it means another thing by it. The error is
/// whoever does.
pub(super) fn free(file: &File<'_, '_>, binding: BindingId, outermost: NodeId) -> Result<(), NodeId> {
    let File { tree, scopes, .. } = *file;
    let declared = scopes.get(binding);
    if let Some(other) = scopes.lookup(tree, declared.name, tree.start(outermost))
        && scopes.get(other).declares != Declares::Package
    {
        return Err(scopes.get(other).at);
    }
    let Some(block) = tree
        .ancestors(outermost)
        .find(|&id| matches!(tree.kind(id), Kind::Block) || tree.kind(id).is_clause())
    else {
        return Err(outermost);
    };
    let after = (outermost.0..tree.last(block)).map(NodeId);
    let taken =
        after.filter(|&id| tree.kind(id).is_name() && tree.text_of(id) == declared.name).find(|&id| {
            // One that is declared further inside hides ours, as before; one of the same block would be declared twice.
            scopes.meaning(id).is_none_or(|other| {
                let scope = scopes.get(other).scope;
                other != binding
                    && (!tree.within(scope, block)
                        || scope == block
                        || tree.kind(scope).is_function() && tree.within(block, scope))
            })
        });
    taken.map_or(Ok(()), Err)
}

/// Whether what is declared in front of a loop is what the mentions of a variable mean still: a declaration of the same name between
/// the loop and its own would hide it from them. The error is the name of that one.
pub(super) fn seen(file: &File<'_, '_>, binding: BindingId, outermost: NodeId) -> Result<(), NodeId> {
    let File { tree, scopes, .. } = *file;
    let declared = scopes.get(binding);
    let hides = |&id: &NodeId| {
        let other = scopes.meaning(id).filter(|&other| other != binding).map(|other| scopes.get(other));
        tree.text_of(id) == declared.name
            && other.is_some_and(|other| {
                tree.within(other.scope, outermost) && tree.within(declared.scope, other.scope)
            })
    };
    let hiding = tree.subtree(outermost).filter(|&id| tree.kind(id).is_name()).find(hides);
    hiding.map_or(Ok(()), Err)
}

/// The mentions of the error that need another name in front of the loop, none where its own is free there. Behind the check
/// the iteration has to declare the name anew before it uses it; the error is what does not.
pub(super) fn rename(
    file: &File<'_, '_>,
    error: BindingId,
    moved: &[NodeId],
    others: &[NodeId],
    outermost: NodeId,
) -> Result<Vec<NodeId>, NodeId> {
    let File { tree, scopes, .. } = *file;
    let declared = scopes.get(error);
    let is_in = |statements: &[NodeId], at: NodeId| statements.iter().any(|&one| tree.within(at, one));
    if !is_in(moved, declared.at) && !is_in(others, declared.at) {
        // The acquisition only assigns to it.
        return Err(declared.at);
    }
    let (inside, mut later): (Vec<NodeId>, Vec<NodeId>) =
        declared.mentions.iter().copied().partition(|&at| is_in(moved, at));
    later.retain(|&at| !is_in(others, at));
    if let Some(&first) = later.first() {
        let list = tree.parent(first).filter(|&list| tree.field(list) == Field::Left);
        let anew = list.and_then(|list| tree.parent(list)).filter(|&id| tree.kind(id) == Kind::ShortVar);
        let behind = |&at: &NodeId| anew.is_some_and(|anew| at.0 >= tree.last(anew));
        // What the new declaration itself reads would be another one.
        let is_read = later.iter().skip(1).all(behind)
            && later.iter().any(|&at| at != first && access(tree, at) == Access::Read);
        let function = file.flow.nest.function(declared.at);
        let is_own = later.iter().all(|&at| file.flow.nest.function(at) == function);
        if anew.is_none() || !is_read || !is_own {
            return Err(first);
        }
    }
    Ok(if free(file, error, outermost).is_ok() { Vec::new() } else { inside })
}

/// The first statement of the guards that inner loops have put in front of a statement; their variables are among `settled`. Where
/// there is none, the statement itself.
pub(super) fn before_guards(file: &File<'_, '_>, anchor: NodeId, settled: &[String]) -> NodeId {
    let tree = file.tree;
    let Some(list) = tree.parent(anchor) else { return anchor };
    let before: Vec<NodeId> = tree.named(list).take_while(|&id| id < anchor).collect();
    let mut first = anchor;
    for pair in before.rchunks(2) {
        let &[variable, defer] = pair else { break };
        let name = tree.subtree(variable).find(|&id| tree.field(id) == Field::Name);
        let is_settled = name.is_some_and(|name| settled.iter().any(|own| own == tree.text_of(name)));
        if tree.kind(variable) != Kind::VarDeclaration || tree.kind(defer) != Kind::Defer || !is_settled {
            break;
        }
        first = variable;
    }
    first
}
