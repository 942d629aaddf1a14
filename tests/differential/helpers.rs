//! What the prelude's functions and methods do, as the interpreter sees them.

use crate::ast::{Helper, Method};
use crate::interpret::{Machine, Outcome, Panic};
use crate::value::Value;

/// What a nil function, pointer or map answers.
const NIL: &str = "runtime error: invalid memory address or nil pointer dereference";

/// Calls a function of the prelude.
pub(crate) fn call(machine: &mut Machine<'_>, helper: Helper, args: &[Value]) -> Vec<Value> {
    let last = args.last().map_or(0, Value::int);
    match helper {
        Helper::Open => vec![open(machine, last)],
        Helper::TryOpen if last % 5 == 4 => {
            machine.note("fail", &Value::Int(last));
            vec![Value::Nil, Value::Error(format!("open {last}"))]
        }
        Helper::TryOpen => vec![open(machine, last), Value::Nil],
        Helper::Value => vec![value(machine, last)],
        Helper::Maybe => vec![maybe(machine, last)],
        Helper::Pair => vec![value(machine, last), maybe(machine, last)],
        Helper::Spare => {
            machine.note("spare", &Value::Int(last));
            vec![Value::Res(last + 100), maybe(machine, last)]
        }
        Helper::Triple => vec![args[0].clone(), Value::Text(format!("s{last}")), maybe(machine, last)],
        Helper::TypedNil => {
            machine.note("typed", &Value::Int(last));
            vec![Value::Error("E-".into())]
        }
        Helper::Closer => vec![Value::Closer(last)],
        // The interpreter's letters are numbers already.
        Helper::Ord => vec![Value::Int(last)],
    }
}

fn open(machine: &mut Machine<'_>, n: i64) -> Value {
    machine.note("open", &Value::Int(n));
    Value::Res(n)
}

fn value(machine: &mut Machine<'_>, n: i64) -> Value {
    machine.note("value", &Value::Int(n));
    Value::Int(n.wrapping_mul(3).wrapping_add(1))
}

fn maybe(machine: &mut Machine<'_>, n: i64) -> Value {
    machine.note("maybe", &Value::Int(n));
    if n % 2 == 0 { Value::Nil } else { Value::Error(format!("maybe {n}")) }
}

/// Calls a method on what the receiver holds now.
pub(crate) fn method(machine: &mut Machine<'_>, receiver: &Value, method: Method) -> Outcome<Value> {
    if matches!(receiver, Value::Nil) {
        return Err(Panic(NIL.into()));
    }
    if let (Value::File(closed), Method::CloseFile) = (receiver, method) {
        closed.set(true);
        return Ok(Value::Nil);
    }
    let id = Value::Int(receiver.int());
    let label = match method {
        Method::Use => "use",
        Method::Close => "close",
        Method::Shut => "shut",
        Method::Abort => "abort",
        Method::Done => "done",
        Method::Seal | Method::CloseFile => "seal",
    };
    machine.note(label, &id);
    match method {
        Method::Use => Ok(Value::Int(id.int() + 1)),
        Method::Abort if id.int() % 4 == 1 => Err(Panic(format!("abort {}", id.int()))),
        _ => Ok(Value::Nil),
    }
}

/// Calls a function value without arguments.
pub(crate) fn call_value(machine: &mut Machine<'_>, value: &Value) -> Outcome<()> {
    match value {
        Value::Closer(n) => machine.note("closer", &Value::Int(*n)),
        Value::Leave(label, n) => machine.note(&format!("leave {label}"), &Value::Int(*n)),
        _ => return Err(Panic(NIL.into())),
    }
    Ok(())
}

/// What looking at a file, or reading from it, gives besides the error.
pub(crate) fn on_file(file: &Value, verb: &str) -> Vec<Value> {
    let Value::File(closed) = file else { return vec![Value::Nil, Value::Nil] };
    let error = match (closed.get(), verb) {
        (true, _) => Value::Error(format!("{verb} /dev/null: file already closed")),
        (false, "read") => Value::Error("EOF".to_owned()),
        (false, _) => Value::Nil,
    };
    vec![Value::Nil, error]
}

/// `box(n)` of the prelude.
pub(crate) fn boxed(n: i64) -> Value {
    match n % 3 {
        0 => Value::Int(n),
        1 => Value::Text(format!("b{n}")),
        _ => Value::Nil,
    }
}
