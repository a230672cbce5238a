package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestDiffInPullRequest runs the scripts of the example that comments on pull requests, in a repository with a branch and with a gh that
// only notes what it would send.
func TestDiffInPullRequest(t *testing.T) {
	var workflow struct {
		Permissions map[string]string
		Jobs        map[string]struct {
			Steps []struct {
				Uses, Run, If string
				With, Env     map[string]any
			}
		}
	}
	if err := yaml.Unmarshal(readBytes(t, "../../examples/ci/github-diff.yml"), &workflow); err != nil {
		t.Fatal(err)
	}
	if len(workflow.Permissions) != 2 || workflow.Permissions["contents"] != "read" || workflow.Permissions["pull-requests"] != "write" {
		t.Errorf("permissions %v", workflow.Permissions)
	}
	var scripts []string
	for _, step := range workflow.Jobs["diff"].Steps {
		if step.Run != "" && !strings.HasPrefix(step.Run, "go install") {
			scripts = append(scripts, step.Run)
		}
	}
	if len(scripts) != 2 {
		t.Fatalf("%d scripts, want one that compares and one that comments", len(scripts))
	}

	dir := t.TempDir()
	shell := func(text string) (string, int) {
		bash := exec.CommandContext(t.Context(), "bash", "-e", "-c", text)
		bash.Dir = dir
		bash.Env = append(os.Environ(), "PATH="+dir+"/bin:"+os.Getenv("PATH"), "GITHUB_STEP_SUMMARY="+dir+"/summary.md", "PULL_REQUEST=7",
			"GIT_CONFIG_GLOBAL=/dev/null", "GIT_AUTHOR_NAME=A", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=A", "GIT_COMMITTER_EMAIL=a@example.com")
		out, err := bash.CombinedOutput()
		if bash.ProcessState == nil {
			t.Fatal(err)
		}
		return string(out), bash.ProcessState.ExitCode()
	}
	do := func(text string) string {
		t.Helper()
		out, code := shell(text)
		if code != 0 {
			t.Fatalf("%s: exit code %d\n%s", text, code, out)
		}
		return out
	}
	do(`mkdir bin; printf '#!/bin/sh\necho "$@" > gh-arguments; cat comment.md > gh-comment\n' > bin/gh; chmod +x bin/gh
		git init --quiet --initial-branch main
		kpi_exporter init mrr; git add kpi.yaml; git commit --quiet --message first
		git switch --quiet --create change; sed -i 's/level: company/level: team/' kpi.yaml; git commit --quiet --all --message change
		git switch --quiet main; echo '# Moves on.' >> kpi.yaml; git commit --quiet --all --message 'moves on'
		git switch --quiet --detach main; git merge --quiet --no-edit change`)
	for _, script := range scripts {
		do(script)
	}
	summary := string(readBytes(t, filepath.Join(dir, "summary.md")))
	if !strings.Contains(summary, "- level: company → team\n") || strings.Contains(summary, "Moves on") {
		t.Errorf("the summary:\n%s", summary)
	}
	if got := string(readBytes(t, filepath.Join(dir, "gh-comment"))); got != summary {
		t.Errorf("the comment:\n%s", got)
	}
	if got := string(readBytes(t, filepath.Join(dir, "gh-arguments"))); got != "pr comment 7 --edit-last --create-if-none --body-file comment.md\n" {
		t.Errorf("gh %s", got)
	}
	// What the docs show.
	for _, command := range []string{"kpi_exporter diff HEAD^1:kpi.yaml kpi.yaml", "kpi_exporter diff main:./kpi.yaml kpi.yaml"} {
		if out, code := shell(command); code != exitProblem || !strings.Contains(out, "level: company → team") {
			t.Errorf("%s: exit code %d\n%s", command, code, out)
		}
	}
	do("echo kpis: >> kpi.yaml")
	if out, code := shell(scripts[0]); code == 0 || !strings.Contains(out, "kpi.yaml:") {
		t.Errorf("of a broken file: exit code %d\n%s", code, out)
	}
}
