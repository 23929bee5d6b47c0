//! Checks the types of an expression, as Go's CEL does before it evaluates anything.
//!
//! Every problem is told once, at its place: an expression of which something is wrong has no type, and what is made of it is not
//! judged.

use cel::Program;
use cel::common::ast::operators as op;
use cel::common::ast::{
    CallExpr, ComprehensionExpr, EntryExpr, Expr, IdedExpr, LiteralValue, MapExpr, SelectExpr,
};

use crate::error::Problem;
use crate::types::Type;
use crate::{environment, overloads};

/// The type of a whole expression, and what is wrong with it.
pub(crate) fn check(program: &Program) -> (Type, Vec<Problem>) {
    let mut checker = Checker {
        program,
        scopes: Vec::new(),
        problems: Vec::new(),
    };
    let found = checker.infer(program.expression());
    (found, checker.problems)
}

struct Checker<'a> {
    program: &'a Program,
    /// Names of comprehensions, the innermost last.
    scopes: Vec<(String, Type)>,
    problems: Vec<Problem>,
}

// === impl Checker ===

impl Checker<'_> {
    fn infer(&mut self, expression: &IdedExpr) -> Type {
        match &expression.expr {
            Expr::Literal(literal) => of_literal(literal),
            Expr::Ident(name) => self.name(expression, name),
            Expr::Select(select) => self.select(expression, select),
            Expr::Call(call) => self.call(expression, call),
            Expr::List(list) => {
                let types: Vec<_> = list.elements.iter().map(|one| self.infer(one)).collect();
                Type::list(Type::common(types))
            }
            Expr::Map(map) => self.map(map),
            Expr::Comprehension(comprehension) => self.comprehension(comprehension),
            Expr::Struct(built) => {
                self.undeclared(expression, built.type_name.trim_start_matches('.'))
            }
            Expr::Unspecified => Type::Wrong,
        }
    }

    fn name(&mut self, expression: &IdedExpr, name: &str) -> Type {
        let local = self.scopes.iter().rev().find(|(known, _)| known == name);
        if let Some((_, found)) = local {
            return found.clone();
        }
        environment::variable(name).unwrap_or_else(|| self.undeclared(expression, name))
    }

    fn select(&mut self, expression: &IdedExpr, select: &SelectExpr) -> Type {
        let found = match self.infer(&select.operand) {
            Type::Disk => environment::field(&select.field).unwrap_or_else(|| {
                self.wrong(expression, format!("undefined field '{}'", select.field))
            }),
            Type::Map(_, value) => *value,
            Type::Dyn => Type::Dyn,
            Type::Wrong => Type::Wrong,
            other => self.wrong(
                expression,
                format!("type '{other}' does not support field selection"),
            ),
        };
        // `has(…)` asks whether it is there.
        if select.test && found != Type::Wrong {
            Type::Bool
        } else {
            found
        }
    }

    fn call(&mut self, expression: &IdedExpr, call: &CallExpr) -> Type {
        let target = call.target.as_deref();
        let operands: Vec<&IdedExpr> = target.into_iter().chain(&call.args).collect();
        let types: Vec<Type> = operands.iter().map(|operand| self.infer(operand)).collect();
        if !overloads::exists(&call.func_name) {
            return self.undeclared(expression, &call.func_name);
        }
        if matches!(call.func_name.as_str(), op::LOGICAL_AND | op::LOGICAL_OR) {
            for (operand, found) in operands.iter().zip(&types) {
                if !found.fits(&Type::Bool) {
                    self.wrong(operand, format!("expected type 'bool' but found '{found}'"));
                }
            }
            return Type::Bool;
        }
        if types.contains(&Type::Wrong) {
            return overloads::answer(&call.func_name, target.is_some(), &types)
                .filter(|answer| *answer == Type::Bool)
                .unwrap_or(Type::Wrong);
        }
        overloads::answer(&call.func_name, target.is_some(), &types).unwrap_or_else(|| {
            let signature = signature(target.is_some(), &types);
            let function = &call.func_name;
            self.wrong(
                expression,
                format!("found no matching overload for '{function}' applied to '{signature}'"),
            )
        })
    }

    fn map(&mut self, map: &MapExpr) -> Type {
        let mut keys = Vec::new();
        let mut values = Vec::new();
        for entry in &map.entries {
            if let EntryExpr::MapEntry(entry) = &entry.expr {
                keys.push(self.infer(&entry.key));
                values.push(self.infer(&entry.value));
            }
        }
        Type::map(Type::common(keys), Type::common(values))
    }

    fn comprehension(&mut self, comprehension: &ComprehensionExpr) -> Type {
        let element = self.element(&comprehension.iter_range);
        let outside = self.scopes.len();
        let start = self.infer(&comprehension.accu_init);
        let gathered = |of: Type| (comprehension.accu_var.clone(), of);
        self.scopes.push(gathered(start.clone()));
        self.scopes.push((comprehension.iter_var.clone(), element));
        let second = comprehension.iter_var2.clone();
        self.scopes.extend(second.map(|name| (name, Type::Dyn)));
        self.infer(&comprehension.loop_cond);
        let step = self.infer(&comprehension.loop_step);
        self.scopes.truncate(outside);
        // Of an empty list the first step knows more than the beginning.
        let end = if matches!(start, Type::List(_)) {
            step
        } else {
            start
        };
        self.scopes.push(gathered(end));
        let found = self.infer(&comprehension.result);
        self.scopes.truncate(outside);
        found
    }

    /// What a comprehension goes through.
    fn element(&mut self, range: &IdedExpr) -> Type {
        match self.infer(range) {
            Type::List(of) | Type::Map(of, _) => *of,
            Type::Dyn => Type::Dyn,
            Type::Wrong => Type::Wrong,
            other => self.wrong(
                range,
                format!(
                    "expression of type '{other}' cannot be range of a comprehension (must be list, map, or dynamic)"
                ),
            ),
        }
    }

    fn undeclared(&mut self, expression: &IdedExpr, name: &str) -> Type {
        self.wrong(
            expression,
            format!("undeclared reference to '{name}' (in container '')"),
        )
    }

    fn wrong(&mut self, expression: &IdedExpr, text: String) -> Type {
        let place = self.program.source_info().offset_for(expression.id);
        let offset = place.and_then(|(start, _)| usize::try_from(start).ok());
        self.problems.push(Problem {
            offset: offset.unwrap_or_default(),
            text,
        });
        Type::Wrong
    }
}

fn of_literal(literal: &LiteralValue) -> Type {
    match literal {
        LiteralValue::Boolean(_) => Type::Bool,
        LiteralValue::Bytes(_) => Type::Bytes,
        LiteralValue::Double(_) => Type::Double,
        LiteralValue::Int(_) => Type::Int,
        LiteralValue::Null => Type::Null,
        LiteralValue::String(_) => Type::String,
        LiteralValue::UInt(_) => Type::Uint,
    }
}

/// `(int, string)`, or `string.(int)` for a method.
fn signature(method: bool, types: &[Type]) -> String {
    let names: Vec<String> = types.iter().map(Type::to_string).collect();
    match names.split_first() {
        Some((target, arguments)) if method => format!("{target}.({})", arguments.join(", ")),
        _ => format!("({})", names.join(", ")),
    }
}
