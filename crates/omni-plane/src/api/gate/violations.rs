//! Everything that is wrong with a request, in one status.

use tonic::{Code, Status};

/// Violations in the order in which they were found; equal ones count once.
#[derive(Debug, Default)]
pub(crate) struct Violations {
    texts: Vec<String>,
    code: Option<Code>,
}

impl Violations {
    /// Adds what a check of access rights found. The first one decides the code of the whole; an error without a code of its own
    /// is text among the others.
    pub(crate) fn access(&mut self, outcome: Result<(), Status>) {
        if let Err(status) = outcome {
            if status.code() == Code::Unknown {
                return self.text(status.message().to_owned());
            }
            self.code.get_or_insert(status.code());
            self.text(format!(
                "rpc error: code = {:?} desc = {}",
                status.code(),
                status.message()
            ));
        }
    }

    /// Adds what validation found.
    pub(crate) fn rules(&mut self, texts: Vec<String>) {
        for text in texts {
            self.text(text);
        }
    }

    /// The status of all of it.
    pub(crate) fn finish(self) -> Result<(), Status> {
        if self.texts.is_empty() {
            return Ok(());
        }
        let code = self.code.unwrap_or(Code::InvalidArgument);
        Err(Status::new(
            code,
            format!("failed to validate: {}", list(&self.texts)),
        ))
    }

    fn text(&mut self, text: String) {
        if !self.texts.contains(&text) {
            self.texts.push(text);
        }
    }
}

/// Several errors as Go's multierror prints them.
pub(crate) fn list(texts: &[String]) -> String {
    let points: Vec<String> = texts.iter().map(|text| format!("* {text}")).collect();
    let points = points.join("\n\t");
    match texts.len() {
        1 => format!("1 error occurred:\n\t{points}\n\n"),
        count => format!("{count} errors occurred:\n\t{points}\n\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn access_decides_the_code_and_equal_texts_count_once() {
        let mut found = Violations::default();
        found.rules(vec!["alias must be set".into(), "alias must be set".into()]);
        found.access(Err(Status::permission_denied(
            "only read access is permitted",
        )));
        let status = found.finish().expect_err("two violations");
        assert_eq!(status.code(), Code::PermissionDenied);
        assert_eq!(
            status.message(),
            "failed to validate: 2 errors occurred:\n\t* alias must be set\n\t* rpc error: code = PermissionDenied \
             desc = only read access is permitted\n\n"
        );
        assert!(Violations::default().finish().is_ok());
    }
}
