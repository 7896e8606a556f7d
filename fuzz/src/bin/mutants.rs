//! Breaks a copy of the fast evaluator on purpose, one small mistake after another (`mutants.toml`), and fails
//! unless the comparison with the slow one finds each of them, and nothing where there is no mistake.

use serde::Deserialize;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// As many as the tests compare.
const CASES: &str = "100000";
/// What the copy is made of; tests stay behind.
const COPIED: [&str; 6] =
    ["domain/Cargo.toml", "domain/src", "spec/Cargo.toml", "spec/src", "fuzz/Cargo.toml", "fuzz/src"];

type Failure = Box<dyn std::error::Error>;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    mutant: Vec<Mutant>,
}

/// A mistake: what it means, and the text that it puts in place of another.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Mutant {
    what: String,
    file: String,
    from: String,
    to: String,
}

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(failure) => {
            eprintln!("mutants: {failure}");
            ExitCode::FAILURE
        }
    }
}

/// True when each mutant was found, and only mutants.
fn run() -> Result<bool, Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("there is no workspace")?;
    let document: Document = toml::from_str(&fs::read_to_string(root.join("fuzz/mutants.toml"))?)?;
    // All of them first: a list that no longer fits the code should not take minutes to say so.
    let texts = document.mutant.iter().map(|mutant| mutant.mutated(root)).collect::<Result<Vec<_>, _>>()?;
    let copy = root.join("target/mutants");
    copy_all(root, &copy)?;

    if let Some(difference) = difference(&copy)? {
        println!("found where nothing was changed: {difference}");
        return Ok(false);
    }
    println!("nothing found where nothing was changed");
    let mut survivors = 0;
    for (mutant, text) in document.mutant.iter().zip(texts) {
        fs::write(copy.join(&mutant.file), text)?;
        match difference(&copy)? {
            Some(difference) => println!("found: {}\n       {difference}", mutant.what),
            None => {
                println!("SURVIVED: {}", mutant.what);
                survivors += 1;
            }
        }
        fs::copy(root.join(&mutant.file), copy.join(&mutant.file))?;
    }
    println!("{} mutants, {survivors} survived", document.mutant.len());
    Ok(survivors == 0)
}

impl Mutant {
    fn mutated(&self, root: &Path) -> Result<String, Failure> {
        let text =
            fs::read_to_string(root.join(&self.file)).map_err(|error| format!("{}: {error}", self.file))?;
        match text.matches(&self.from).count() {
            1 => Ok(text.replacen(&self.from, &self.to, 1)),
            times => Err(format!(
                "`{}` no longer applies: its text is {times} times in {}; write it anew in fuzz/mutants.toml",
                self.what, self.file
            )
            .into()),
        }
    }
}

/// What the comparison finds in the copy, if anything.
fn difference(copy: &Path) -> Result<Option<String>, Failure> {
    let cargo = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(copy).args(arguments).args(["--quiet", "--package", "fuzz", "--bin", "fuzz"]);
        // A folder of its own, so that a mutant is never taken for what was built of the real code.
        command.env("CARGO_TARGET_DIR", copy.join("target")).env("CARGO_PROFILE_DEV_DEBUG", "false");
        // What a mistake leaves unused is of no interest.
        command.env("RUSTFLAGS", "--allow warnings");
        command
    };
    if !cargo(&["build"]).status()?.success() {
        return Err("it does not compile".into());
    }
    let output = cargo(&["run"]).args(["--", CASES]).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    match output.status.code() {
        Some(0) => Ok(None),
        Some(1) => Ok(text.lines().find_map(|line| line.strip_prefix("a difference. ")).map(str::to_owned)),
        _ => Err(format!("the comparison broke: {}", String::from_utf8_lossy(&output.stderr)).into()),
    }
}

/// The three crates as a workspace of their own. What has not changed is left as it is, so that it is not built anew.
fn copy_all(root: &Path, copy: &Path) -> Result<(), Failure> {
    for part in COPIED {
        if root.join(part).is_dir() {
            remove_strangers(&root.join(part), &copy.join(part))?;
        }
        for file in files(&root.join(part))? {
            put(&copy.join(file.strip_prefix(root)?), &fs::read_to_string(&file)?)?;
        }
    }
    let manifest = fs::read_to_string(root.join("Cargo.toml"))?;
    let trimmed = |line: &str| match line.split_once(" = ") {
        Some(("members", _)) => "members = [\"domain\", \"spec\", \"fuzz\"]\n".to_owned(),
        Some(("default-members", _)) => String::new(),
        _ => format!("{line}\n"),
    };
    put(&copy.join("Cargo.toml"), &manifest.lines().map(trimmed).collect::<String>())?;
    // Cargo leaves out of it what three crates do not need.
    fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock"))?;
    Ok(())
}

fn put(to: &Path, text: &str) -> Result<(), Failure> {
    if fs::read_to_string(to).ok().as_deref() != Some(text) {
        fs::create_dir_all(to.parent().ok_or("a file is in a folder")?)?;
        fs::write(to, text)?;
    }
    Ok(())
}

/// Files of the copy that are no longer in the original.
fn remove_strangers(original: &Path, copy: &Path) -> Result<(), Failure> {
    for file in if copy.exists() { files(copy)? } else { Vec::new() } {
        if !original.join(file.strip_prefix(copy)?).exists() {
            fs::remove_file(file)?;
        }
    }
    Ok(())
}

fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut all = Vec::new();
    for entry in fs::read_dir(path)? {
        all.extend(files(&entry?.path())?);
    }
    Ok(all)
}
