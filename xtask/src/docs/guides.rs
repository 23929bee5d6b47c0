//! Guides: pages that people write, under `docs/guides`.
//!
//! Contract: each has a title and a description in its front matter, which is what the registries list; the index links them all.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::{DocsError, read};

/// A guide, as far as the index is concerned.
#[derive(Debug, PartialEq, Eq)]
pub struct Guide {
    file: String,
    title: String,
    description: String,
}

// === impl Guide ===

impl Guide {
    fn parse(file: &str, page: &str) -> Option<Self> {
        let matter = page.strip_prefix("---\n")?.split("\n---\n").next()?;
        let matter: Json = serde_saphyr::from_str(matter).ok()?;
        let field = |name: &str| {
            let text = matter[name].as_str()?.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        Some(Self {
            file: file.to_owned(),
            title: field("page_title")?,
            description: field("description")?,
        })
    }
}

/// All guides, by file name.
pub fn all(root: &Path) -> Result<Vec<Guide>, DocsError> {
    let folder = root.join("docs/guides");
    let entries = fs::read_dir(&folder).map_err(|source| DocsError::Io {
        path: folder.display().to_string(),
        source,
    })?;
    let mut guides = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let file = path.file_name().unwrap_or_default().to_string_lossy();
        let guide = Guide::parse(&file, &read(&path)?);
        guides.push(guide.ok_or_else(|| DocsError::Guide(path.display().to_string()))?);
    }
    guides.sort_by(|one, other| one.file.cmp(&other.file));
    Ok(guides)
}

/// The section of the index that links them.
pub fn links(guides: &[Guide]) -> String {
    if guides.is_empty() {
        return String::new();
    }
    let lines: String = guides
        .iter()
        .map(|guide| {
            format!(
                "- [{}](guides/{}): {}\n",
                guide.title, guide.file, guide.description
            )
        })
        .collect();
    format!("\n## Guides\n\n{lines}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guide_is_listed_by_its_front_matter() {
        let page =
            "---\npage_title: \"From there\"\ndescription: |-\n  To here.\n---\n\n# From there\n";
        let guide = Guide::parse("there.md", page).expect("front matter");
        assert_eq!(
            links(&[guide]),
            "\n## Guides\n\n- [From there](guides/there.md): To here.\n"
        );
    }

    #[test]
    fn a_page_without_front_matter_is_no_guide() {
        for page in [
            "# From there\n",
            "---\npage_title: x\n---\n",
            "---\npage_title: \"\"\ndescription: x\n---\n",
        ] {
            assert_eq!(Guide::parse("there.md", page), None, "{page}");
        }
    }
}
