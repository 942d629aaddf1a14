//! The one piece of keep-evidence that the generator cannot avoid without losing variety: what a deferred call is made
//! on, by name or number, leaves the iteration as well.

use crate::ast::{Cond, Defer, Deferred, Expr, Loop, Stmt};

/// True where a variable that the deferred call mentions is stored or returned by the loop's body.
pub(crate) fn name_leaves(defer: &Defer, inner: &Loop) -> bool {
    let mut names = Vec::new();
    match &defer.call {
        Deferred::Trace(_, expr) | Deferred::Enter(_, expr) => variables(expr, &mut names),
        Deferred::Literal { param, body } => {
            if let Some((_, expr)) = param {
                variables(expr, &mut names);
            }
            for stmt in body {
                in_statement(stmt, &mut names);
            }
        }
        Deferred::Method(..) | Deferred::Variable(_) | Deferred::Recover { .. } => {}
    }
    inner.body.iter().any(|stmt| leaves(stmt, &names))
}

fn leaves(stmt: &Stmt, names: &[String]) -> bool {
    let exprs: &[Expr] = match stmt {
        Stmt::Assign(_, exprs) | Stmt::Return(exprs) => exprs,
        Stmt::Define(_, expr) => std::slice::from_ref(expr),
        _ => &[],
    };
    let mut found = Vec::new();
    for expr in exprs {
        variables(expr, &mut found);
    }
    found.iter().any(|name| names.contains(name))
        || stmt.blocks().into_iter().flatten().any(|inner| leaves(inner, names))
}

fn in_statement(stmt: &Stmt, names: &mut Vec<String>) {
    match stmt {
        Stmt::Trace(_, expr) | Stmt::If { cond: Cond::Mod(expr, ..), .. } => variables(expr, names),
        _ => {}
    }
    for inner in stmt.blocks().into_iter().flatten() {
        in_statement(inner, names);
    }
}

fn variables(expr: &Expr, names: &mut Vec<String>) {
    match expr {
        Expr::Var(name) => names.push(name.clone()),
        Expr::Add(inner, _) => variables(inner, names),
        // What a call makes of a number is another number.
        _ => {}
    }
}
