//! The pages, read as far as the tests need: fenced blocks, headings, links, words in backticks.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A Markdown file of the project.
pub(super) struct Page {
    /// Its path from the root of the project.
    pub(super) name: String,
    pub(super) blocks: Vec<Block>,
    /// Its headings' texts.
    pub(super) headings: Vec<String>,
    /// What is not in a block, with the number of each line.
    pub(super) prose: Vec<(usize, String)>,
}

/// A fenced block.
pub(super) struct Block {
    /// The line of its first fence.
    pub(super) line: usize,
    /// The word after the fence.
    pub(super) language: String,
    /// What stands in it, as far to the left as its fence.
    pub(super) text: String,
    /// The file that the line before it says it is.
    pub(super) file: Option<String>,
}

/// The project.
pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

impl Page {
    /// Every page that is for people.
    pub(super) fn all() -> Vec<Self> {
        let mut files = Vec::new();
        for file in fs::read_dir(root()).unwrap() {
            files.extend(Some(file.unwrap().path()).filter(|path| is_page(path)));
        }
        for folder in ["docs", "config", "benches"] {
            find(&root().join(folder), &mut files);
        }
        files.sort();
        files.iter().map(|file| Self::read(file)).collect()
    }

    fn read(file: &Path) -> Self {
        let name = file.strip_prefix(root()).unwrap().display().to_string();
        Self::of(name, &fs::read_to_string(file).unwrap())
    }

    pub(super) fn of(name: String, text: &str) -> Self {
        let mut page = Self { name, blocks: Vec::new(), headings: Vec::new(), prose: Vec::new() };
        let mut lines = text.lines().enumerate().map(|(at, line)| (at + 1, line));
        let mut before = "";
        while let Some((line, text)) = lines.next() {
            let content = text.trim_start();
            let Some(language) = content.strip_prefix("```") else {
                if !content.is_empty() {
                    before = content;
                }
                if text.starts_with('#') {
                    page.headings.push(text.trim_start_matches('#').trim().to_owned());
                }
                page.prose.push((line, text.to_owned()));
                continue;
            };
            let indent = text.len() - content.len();
            let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| !line.trim_start().starts_with("```"));
            let left = |line: &str| format!("{}\n", line.get(indent..).unwrap_or_default());
            let text = inside.map(left).collect();
            let file = before.strip_suffix("`:").and_then(|before| before.rsplit('`').next());
            let file = file.filter(|name| name.contains('.') && !name.contains(' ')).map(str::to_owned);
            page.blocks.push(Block { line, language: language.trim().to_owned(), text, file });
            before = "";
        }
        page
    }
}

fn find(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            find(&path, files);
        } else if is_page(&path) {
            files.push(path);
        }
    }
}

fn is_page(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "md")
}

#[test]
fn no_page_has_code_in_a_form_that_is_not_read_here() {
    let mut wrong = Vec::new();
    for page in Page::all() {
        // Within a list, what is indented belongs to an item.
        let mut in_list = false;
        for (line, text) in &page.prose {
            let content = text.trim_start();
            let item =
                content.starts_with("- ") || content.split_once(". ").is_some_and(|(n, _)| n.parse::<u8>().is_ok());
            in_list = item || (in_list && (content.is_empty() || text.starts_with(' ')));
            let indented = text.starts_with("    ") && !in_list;
            if content.starts_with("~~~") || indented || content.starts_with("<pre") || content.starts_with("<code") {
                wrong.push(format!("{}:{line}: {text}", page.name));
            }
        }
        wrong.extend(
            page.blocks
                .iter()
                .filter(|block| block.language.contains(['`', ' ']))
                .map(|block| format!("{}:{}: a fence has three backticks and one word", page.name, block.line)),
        );
    }
    assert!(wrong.is_empty(), "code stands in fenced blocks, where it is run or held:\n{}", wrong.join("\n"));
}
