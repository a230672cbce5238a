package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// docsBlock is a fenced block of a page.
type docsBlock struct {
	line    int               // Of its first fence.
	kind    string            // Language and kind: "sh run".
	options map[string]string // By name; "" for a word without a value.
	text    string
}

// fence matches the line that begins or ends a block.
var fence = regexp.MustCompile("^```(.*)$")

// docsPages returns README.md and all pages of docs, as paths relative to the root.
func docsPages(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d pages: %v", len(pages), err)
	}
	for i, page := range pages {
		pages[i] = strings.TrimPrefix(page, "../../")
	}
	return append([]string{"README.md"}, pages...)
}

// blocksOf returns the blocks of a page, whose info strings are a language, a kind and options.
func blocksOf(t *testing.T, page string) []docsBlock {
	t.Helper()
	var (
		blocks []docsBlock
		open   *docsBlock
	)
	for i, line := range strings.Split(string(readBytes(t, "../../"+page)), "\n") {
		switch match := fence.FindStringSubmatch(line); {
		case match == nil && open != nil:
			open.text += line + "\n"
		case match == nil:
		case open != nil:
			blocks, open = append(blocks, *open), nil
		default:
			words := strings.Fields(match[1])
			open = &docsBlock{line: i + 1, kind: strings.Join(words[:min(2, len(words))], " "), options: map[string]string{}}
			for _, word := range words[min(2, len(words)):] {
				name, value, _ := strings.Cut(word, "=")
				open.options[name] = value
			}
		}
	}
	if open != nil {
		t.Fatalf("%s:%d: the block does not end", page, open.line)
	}
	return blocks
}

// TestDocsBlocks runs or loads every block of README.md and of the pages of docs, each page from top to bottom in a folder and
// with databases of its own. docs_blocks_test.go says what is done with a kind of block; one without a kind is an error, so that
// none is left untested.
func TestDocsBlocks(t *testing.T) {
	for _, page := range docsPages(t) {
		t.Run(page, func(t *testing.T) {
			t.Parallel()
			p := newDocsPage(t)
			for _, block := range blocksOf(t, page) {
				test := docsKinds[block.kind]
				if test == nil {
					t.Errorf("%s:%d: a block has a kind, such as ```sh run; %q is none", page, block.line, block.kind)
					continue
				}
				if complaint := test(p, block); complaint != "" {
					t.Errorf("%s:%d: %s: %s", page, block.line, block.kind, complaint)
				}
			}
		})
	}
}

// A reader sees what it is, how to try it and where to read on, without much scrolling.
func TestReadmeIsShort(t *testing.T) {
	if lines := strings.Count(string(readBytes(t, "../../README.md")), "\n"); lines > 200 {
		t.Errorf("README.md has %d lines, more than 200", lines)
	}
}

var (
	docsLink    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	docsHeading = regexp.MustCompile(`(?m)^#{1,6} (.+)$`)
	docsAnchor  = regexp.MustCompile(`<a (?:id|name)="([^"]+)"`)
	docsFences  = regexp.MustCompile("(?m)^```(?:.*\n)+?```$")
)

// TestDocsLinks checks that what the pages link to exists: files, folders and headings of pages.
func TestDocsLinks(t *testing.T) {
	for _, page := range append(docsPages(t), "examples/prometheus/README.md", "CHANGELOG.md") {
		text := docsFences.ReplaceAllString(string(readBytes(t, "../../"+page)), "")
		for _, link := range docsLink.FindAllStringSubmatch(text, -1) {
			path, anchor, _ := strings.Cut(link[1], "#")
			switch {
			case strings.Contains(path, "://"):
				continue
			case path == "":
				path = page
			default:
				path = filepath.Join(filepath.Dir(page), path)
			}
			if _, err := os.Stat("../../" + path); err != nil {
				t.Errorf("%s: %s: %v", page, link[1], err)
				continue
			}
			if anchor != "" && !slices.Contains(anchorsOf(string(readBytes(t, "../../"+path))), anchor) {
				t.Errorf("%s: %s: there is no such heading", page, link[1])
			}
		}
	}
}

// anchorsOf returns what can be linked to in a page: its headings, as GitHub names them, and its explicit anchors.
func anchorsOf(text string) []string {
	text = docsFences.ReplaceAllString(text, "")
	var anchors []string
	for _, heading := range docsHeading.FindAllStringSubmatch(text, -1) {
		anchor := strings.ToLower(strings.TrimSpace(heading[1]))
		anchor = regexp.MustCompile(`[^\pL\pN _-]`).ReplaceAllString(anchor, "")
		anchors = append(anchors, strings.ReplaceAll(anchor, " ", "-"))
	}
	for _, anchor := range docsAnchor.FindAllStringSubmatch(text, -1) {
		anchors = append(anchors, anchor[1])
	}
	return anchors
}

// TestDocsArchitecture checks that the files and packages that docs/architecture.md names exist, and that it names every package.
func TestDocsArchitecture(t *testing.T) {
	named := regexp.MustCompile("`((?:\\.?[a-z_]+/)*[a-z_]+\\.(?:go|yml)|(?:cmd|internal)/[a-z_/]+)`").FindAllStringSubmatch(string(readBytes(t, "../../docs/architecture.md")), -1)
	if len(named) < 40 {
		t.Errorf("%d names of files", len(named))
	}
	for _, name := range named {
		_, err := os.Stat("../../" + name[1])
		if _, here := os.Stat(name[1]); err != nil && here != nil { // run.go, say, is beside this file.
			t.Error(err)
		}
	}
	packages, err := filepath.Glob("../../internal/*")
	if err != nil || len(packages) == 0 {
		t.Fatalf("%d packages: %v", len(packages), err)
	}
	for _, path := range packages {
		isIt := func(match []string) bool { return "../../"+match[1] == path }
		if !slices.ContainsFunc(named, isIt) {
			t.Errorf("it does not name %s", path)
		}
	}
}
