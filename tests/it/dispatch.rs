//! One binary under four names.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use super::cmd::Cmd;
use super::site::{NAMES, Site};

/// The tools, by their long and short names.
const TOOLS: [(&str, &str); 4] = [
    ("fietsboek-serve", "serve"),
    ("fietsctl", "ctl"),
    ("fietscron", "cron"),
    ("fietsupdate", "update"),
];

#[test]
fn the_list_of_names_is_one_a_line() {
    let site = Site::empty();
    let run = site.cmd("fietsboek").arg("--list").run();
    run.code(0)
        .stdout("fietsboek-serve\nfietsctl\nfietscron\nfietsupdate\n")
        .stderr("");
}

#[test]
fn every_tool_tells_its_version_under_every_name() {
    let site = Site::empty();
    for (long, short) in TOOLS {
        let expected = format!("{long} {} (data of Fietsboek 0.11)\n", env!("CARGO_PKG_VERSION"));
        site.cmd(long)
            .arg("--version")
            .run()
            .code(0)
            .stdout(&expected)
            .stderr("");
        for name in [long, short] {
            site.cmd("fietsboek")
                .args([name, "--version"])
                .run()
                .code(0)
                .stdout(&expected);
        }
    }
    let own = format!("fietsboek {} (data of Fietsboek 0.11)\n", env!("CARGO_PKG_VERSION"));
    site.cmd("fietsboek").arg("--version").run().code(0).stdout(&own);
}

#[test]
fn a_copy_works_as_a_link_does_and_so_does_a_relative_path() {
    let site = Site::empty();
    let copy = site.path("fietsctl");
    // By a program of its own: what this one writes is for a moment open in every child that other tests start, and
    // cannot be run.
    let copied = Command::new("cp")
        .arg(env!("CARGO_BIN_EXE_fietsboek"))
        .arg(&copy)
        .status();
    assert!(copied.unwrap().success());
    Cmd::program(&site, copy)
        .arg("version")
        .run()
        .code(0)
        .says("fietsboek ");
    Cmd::program(&site, "./fietsctl".into())
        .arg("version")
        .run()
        .code(0)
        .says("fietsboek ");
}

#[test]
fn an_unknown_name_is_127_with_the_list_on_standard_error() {
    let site = Site::empty();
    let odd = site.path("fietsfoo");
    symlink(env!("CARGO_BIN_EXE_fietsboek"), &odd).unwrap();
    let run = Cmd::program(&site, odd).arg("--help").run();
    run.code(127)
        .stdout("")
        .complains("fietsfoo")
        .complains("\nfietscron\n");
    let run = site.cmd("fietsboek").args(["frobnicate", "--help"]).run();
    run.code(127)
        .stdout("")
        .complains("frobnicate")
        .complains("\nfietscron\n");
}

#[test]
fn help_is_printed_whatever_is_broken() {
    let site = Site::empty();
    std::fs::write(site.path("fietsboek.ini"), "this is no [INI file\0").unwrap();
    for name in NAMES {
        for word in ["--help", "-h"] {
            let run = site.cmd(name).arg(word).run();
            run.code(0).says(name).says("usage: ").stderr("");
        }
    }
    for verb in [&["version"][..], &["init"], &["maintenance-mode"]] {
        let run = site.ctl(verb.iter().copied()).arg("--help").run();
        run.code(0)
            .says(&format!("usage: fietsctl {} ", verb.join(" ")))
            .stderr("");
        let run = site.ctl(verb.iter().copied()).arg("--version").run();
        run.code(0).says("data of Fietsboek").stderr("");
    }
}

#[test]
fn a_tool_without_its_verb_is_a_usage_error_with_the_help() {
    let site = Site::empty();
    for name in ["fietsboek", "fietsctl", "fietsupdate"] {
        site.cmd(name).run().code(2).stdout("").complains("usage: ");
    }
}

#[test]
fn what_is_not_known_is_a_usage_error_of_one_line_with_the_nearest_known() {
    let site = Site::empty();
    for (args, expected) in [
        (
            &["maintenence-mode"][..],
            "fietsctl: unknown verb \"maintenence-mode\"; did you mean \"maintenance-mode\"?\n",
        ),
        (
            &["maintenance-mode", "--disabel"],
            "fietsctl: unknown option --disabel; did you mean --disable?\n",
        ),
        (
            &["frobnicate"],
            "fietsctl: unknown verb \"frobnicate\"; see fietsctl --help\n",
        ),
        (
            &["version", "-x"],
            "fietsctl: unknown option -x; see fietsctl version --help\n",
        ),
        (
            &["version", "1"],
            "fietsctl: \"1\" is one operand too many; see fietsctl version --help\n",
        ),
    ] {
        site.cmd("fietsctl")
            .args(args)
            .run()
            .code(2)
            .stdout("")
            .stderr(expected);
    }
}

#[test]
fn the_verb_version_names_the_program_alone() {
    let expected = format!("fietsboek {}\n", env!("CARGO_PKG_VERSION"));
    Site::empty()
        .cmd("fietsctl")
        .arg("version")
        .run()
        .code(0)
        .stdout(&expected);
}

#[test]
fn a_missing_or_broken_ini_file_is_exit_3_with_its_path() {
    let site = Site::empty();
    let status = || site.cmd("fietsctl").arg("maintenance-mode");
    status()
        .run()
        .code(3)
        .stdout("")
        .complains("fietsctl: ")
        .complains("fietsboek.ini");
    status().arg("-cother.ini").run().code(3).complains("other.ini");
    std::fs::write(site.path("fietsboek.ini"), "[app:main]\nnothing = here\n").unwrap();
    let run = status().run();
    run.code(3).complains("session_key").complains("fietsboek.data_dir");
    assert!(run.stderr.lines().all(|line| line.starts_with("fietsctl: ")), "{run:?}");
}

#[test]
fn the_ini_file_is_named_on_either_side_of_the_verb() {
    let site = Site::fixture();
    let off = "Maintenance mode is disabled\n";
    for args in [
        ["-c", "production.ini", "maintenance-mode"],
        ["maintenance-mode", "-c", "production.ini"],
    ] {
        site.cmd("fietsctl").args(args).run().code(0).stdout(off).stderr("");
    }
    for args in [
        ["--config=production.ini", "maintenance-mode"],
        ["maintenance-mode", "--config=production.ini"],
    ] {
        site.cmd("fietsctl").args(args).run().code(0).stdout(off);
    }
}

#[test]
fn an_ini_file_elsewhere_is_found_from_any_directory() {
    let site = Site::fixture();
    let run = site
        .cmd("fietsctl")
        .in_dir("/")
        .arg("-c")
        .arg(site.ini())
        .arg("maintenance-mode")
        .run();
    run.code(0).stdout("Maintenance mode is disabled\n");
}

#[test]
fn unknown_keys_are_a_warning_that_quiet_and_rust_log_can_silence() {
    let site = Site::fixture();
    site.edit_ini("[alembic]", "fietsboek.unheard_of = 1\n\n[alembic]");
    let status = || site.ctl(["maintenance-mode"]);
    let run = status().run();
    run.code(0).complains("unheard_of").complains("WARN");
    status().arg("-q").run().code(0).stderr("");
    status().env("RUST_LOG", "error").run().code(0).stderr("");
    status()
        .arg("-q")
        .env("RUST_LOG", "fietsboek=info")
        .run()
        .code(0)
        .complains("unheard_of");
}

#[test]
fn a_closed_standard_output_ends_a_tool_quietly() {
    let site = Site::fixture();
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = site.ctl(["maintenance-mode"]).into_command();
    let output = command.stdin(Stdio::null()).stdout(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
}

#[test]
fn a_standard_output_that_takes_nothing_is_an_error() {
    let site = Site::fixture();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let mut command = site.ctl(["maintenance-mode"]).into_command();
    let output = command.stdin(Stdio::null()).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("standard output"));
}

#[test]
fn a_tool_that_asks_nothing_does_not_mind_what_stands_on_its_input() {
    let site = Site::empty();
    let run = site.cmd("fietsctl").arg("version").stdin("x".repeat(1 << 20)).run();
    run.code(0).says("fietsboek ").stderr("");
}

#[test]
fn a_log_that_nobody_reads_is_no_reason_to_end() {
    let site = Site::fixture();
    site.edit_ini("[alembic]", "fietsboek.unheard_of = 1\n\n[alembic]");
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut command = site.ctl(["maintenance-mode", "Back at noon"]).into_command();
    let output = command.stdin(Stdio::null()).stderr(writer).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(site.flag().is_file());
}
