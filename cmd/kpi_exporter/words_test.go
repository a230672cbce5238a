package main

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// stumbles are turns of phrase that a native reader stumbles over, with what to write instead. Single words are in
// .golangci.yml, below misspell.
var stumbles = map[*regexp.Regexp]string{
	regexp.MustCompile(`(?://|#) ?Of (?:a|an|the|two|this) `):                 "For …",
	regexp.MustCompile(`\b[Oo]ne a (?:KPI|line|file|day|row|series|query)\b`): "one per …",
	regexp.MustCompile(`\bgoes` + ` on\b`):                                    "continues, resumes, keeps",
	regexp.MustCompile(`\b(?:is|are)` + ` told\b`):                            "is reported, learns, gets",
	regexp.MustCompile(`\bany` + ` more\b`):                                   "no longer",
	regexp.MustCompile(`\bsays` + ` whether\b`):                               "reports whether",
	regexp.MustCompile(`\b(?:[Tt]ext|[Ii]t|[Tt]his|[Tt]hat|[Ww]hich) is no (?:change|date|file|formula|gap|instant|key|list|name|number|such|sum|unit|value)\b`): "is not a …",
	regexp.MustCompile(`\bsa(?:y|ys|id) of [a-z]`): "about",
	regexp.MustCompile(`\b(?:fact|line|message|page|query|row|series) a (?:category|database|file|KPI|line|query|row|series)|\ba file a (?:category|query|KPI)\b`): "a … per …",
	regexp.MustCompile(`\bShown are\b|\bProposed\b[^.]* is\b`): "the order of English: It shows …",
}

// TestWords keeps what people read in plain English: messages, comments, docs and examples.
func TestWords(t *testing.T) {
	err := filepath.WalkDir("../..", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != "..":
			return filepath.SkipDir
		case entry.IsDir(), !slices.Contains([]string{".go", ".md", ".yaml", ".yml", ".sql", ".txtar", ".tmpl"}, filepath.Ext(path)):
			return nil
		}
		for i, line := range strings.Split(string(readBytes(t, path)), "\n") {
			for words, better := range stumbles {
				if found := words.FindString(line); found != "" {
					t.Errorf("%s:%d: %q: write %q", path, i+1, found, better)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
