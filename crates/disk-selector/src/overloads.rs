//! Functions and operators: which types they take, and what they answer.

use cel::common::ast::operators as op;

use crate::types::Type;

/// The type of the answer; none where the function does not take these. `method` says that the first one stands before a dot.
pub(crate) fn answer(function: &str, method: bool, arguments: &[Type]) -> Option<Type> {
    match arguments {
        [one] => unary(function, method, one),
        [one, other] => binary(function, method, one, other),
        [condition, one, other] if function == op::CONDITIONAL => {
            let fits = condition.fits(&Type::Bool) && one.fits(other);
            fits.then(|| one.clone())
        }
        _ => None,
    }
}

/// Whether there is such a function at all.
pub(crate) fn exists(function: &str) -> bool {
    const NAMES: [&str; 16] = [
        "size",
        "startsWith",
        "endsWith",
        "contains",
        "matches",
        "glob",
        "int",
        "uint",
        "double",
        "string",
        "bytes",
        "bool",
        "dyn",
        "type",
        op::NOT_STRICTLY_FALSE,
        op::IN,
    ];
    const SIGNS: [&str; 17] = [
        op::CONDITIONAL,
        op::LOGICAL_AND,
        op::LOGICAL_OR,
        op::LOGICAL_NOT,
        op::SUBSTRACT,
        op::ADD,
        op::MULTIPLY,
        op::DIVIDE,
        op::MODULO,
        op::EQUALS,
        op::NOT_EQUALS,
        op::GREATER_EQUALS,
        op::LESS_EQUALS,
        op::GREATER,
        op::LESS,
        op::NEGATE,
        op::INDEX,
    ];
    NAMES.contains(&function) || SIGNS.contains(&function)
}

fn unary(function: &str, method: bool, one: &Type) -> Option<Type> {
    use Type::{Bool, Bytes, Double, Dyn, Int, String, Uint};
    let among = |types: &[Type]| types.iter().any(|ty| ty.fits(one));
    let sized = matches!(
        one,
        String | Bytes | Type::List(_) | Type::Map(..) | Dyn | Type::Wrong
    );
    if function == "size" {
        return sized.then_some(Int);
    }
    if method {
        return None;
    }
    let (takes, gives) = match function {
        op::LOGICAL_NOT | op::NOT_STRICTLY_FALSE => (among(&[Bool]), Bool),
        op::NEGATE => (among(&[Int, Double]), one.clone()),
        "int" => (among(&[Int, Uint, Double, String]), Int),
        "uint" => (among(&[Int, Uint, Double, String]), Uint),
        "double" => (among(&[Int, Uint, Double, String]), Double),
        "string" => (among(&[Bool, Int, Uint, Double, String, Bytes]), String),
        "bytes" => (among(&[String, Bytes]), Bytes),
        "bool" => (among(&[Bool, String]), Bool),
        "dyn" => (true, Dyn),
        "type" => (true, Type::Meta(Box::new(one.clone()))),
        _ => return None,
    };
    takes.then_some(gives)
}

fn binary(function: &str, method: bool, one: &Type, other: &Type) -> Option<Type> {
    let texts = Type::String.fits(one) && Type::String.fits(other);
    match function {
        "startsWith" | "endsWith" | "contains" if method => texts.then_some(Type::Bool),
        "matches" => texts.then_some(Type::Bool),
        _ if method => None,
        "glob" => texts.then_some(Type::Bool),
        op::LOGICAL_AND | op::LOGICAL_OR => {
            (Type::Bool.fits(one) && Type::Bool.fits(other)).then_some(Type::Bool)
        }
        op::EQUALS | op::NOT_EQUALS => one.fits(other).then_some(Type::Bool),
        op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS => {
            (one.fits(other) && has_order(one) && has_order(other)).then_some(Type::Bool)
        }
        op::IN => contains(one, other).then_some(Type::Bool),
        op::INDEX => element(one, other),
        op::ADD | op::SUBSTRACT | op::MULTIPLY | op::DIVIDE | op::MODULO => {
            arithmetic(function, one, other)
        }
        _ => None,
    }
}

fn has_order(ty: &Type) -> bool {
    matches!(
        ty,
        Type::Bool
            | Type::Int
            | Type::Uint
            | Type::Double
            | Type::String
            | Type::Bytes
            | Type::Dyn
            | Type::Wrong
    )
}

fn contains(one: &Type, collection: &Type) -> bool {
    match collection {
        Type::List(of) | Type::Map(of, _) => one.fits(of),
        Type::Dyn | Type::Wrong => true,
        _ => false,
    }
}

fn element(collection: &Type, index: &Type) -> Option<Type> {
    match collection {
        Type::List(of) => index.fits(&Type::Int).then(|| (**of).clone()),
        Type::Map(key, value) => index.fits(key).then(|| (**value).clone()),
        Type::Dyn | Type::Wrong => Some(Type::Dyn),
        _ => None,
    }
}

fn arithmetic(function: &str, one: &Type, other: &Type) -> Option<Type> {
    let known = if matches!(one, Type::Dyn | Type::Wrong) {
        other
    } else {
        one
    };
    let whole = matches!(known, Type::Int | Type::Uint | Type::Dyn | Type::Wrong);
    let broken = function != op::MODULO && *known == Type::Double;
    let joins = function == op::ADD && matches!(known, Type::String | Type::Bytes | Type::List(_));
    ((whole || broken || joins) && one.fits(other)).then(|| known.clone())
}
