package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// foreignFile is a file that a library of Prometheus reads, whose errors may show any value of it: that of --web.config.file or
// --http.config.file. A secret may stand anywhere in it, such as in place of the path of its file.
type foreignFile struct {
	path   string
	file   *document.File
	values []foreignValue // The longest first.
	short  []string       // Secrets so short that they may occur in any text.
}

// foreignValue is a value with the key above it, and the one above that.
type foreignValue struct {
	*document.Node
	key, section string
}

// readForeign reads such a file. What is wrong with it as YAML is for the library to say.
func readForeign(path string) (foreignFile, error) {
	f := foreignFile{path: path}
	text, err := document.ReadFile(path, false)
	if err != nil {
		return f, err
	}
	f.file = document.NewReport().NewFile(path, text)
	if root := f.file.Parse(); root != nil {
		f.values = scalars("", "", root)
	}
	for _, v := range f.values {
		if v.isSecret() && len(v.Value) < 4 {
			f.short = append(f.short, v.Value)
		}
	}
	slices.SortStableFunc(f.values, func(a, b foreignValue) int { return cmp.Compare(len(b.Value), len(a.Value)) })
	return f, nil
}

// isSecret reports whether a value is one under the keys that hold secrets.
func (v foreignValue) isSecret() bool {
	return document.IsOneOf(v.key, "password credentials bearer_token client_secret key secrets client_certificate_key") || v.section == "basic_auth_users"
}

// scalars returns the values below a key, and the section in which it is.
func scalars(section, key string, n *document.Node) []foreignValue {
	var found []foreignValue
	switch n.Kind {
	case document.ScalarNode:
		found = append(found, foreignValue{n, key, section})
	case document.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			found = append(found, scalars(key, n.Content[i].Value, n.Content[i+1])...)
		}
	case document.SequenceNode:
		for _, item := range n.Content {
			found = append(found, scalars(section, key, item)...)
		}
	}
	return found
}

// check reports a file that is not there, and what is not a URL, by place: the library would show the value.
func (f foreignFile) check() error {
	for _, v := range f.values {
		if v.key == "files" || strings.HasSuffix(v.key, "_file") {
			if _, err := os.Stat(f.resolve(v.Value)); v.Value != "" && err != nil && !f.isPath(v.Value) {
				return fmt.Errorf("%s: %s: %w", f.file.Position(v.Node), v.key, secret.WithoutPath(err))
			}
		}
		if _, err := url.Parse(v.Value); err != nil && strings.HasSuffix(v.key, "_url") {
			return fmt.Errorf("%s: %s is not a URL", f.file.Position(v.Node), v.key)
		}
	}
	return nil
}

func (f foreignFile) resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(f.path), path)
}

// isPath reports whether a value is the path of something that is there.
func (f foreignFile) isPath(value string) bool {
	_, err := os.Lstat(f.resolve(value))
	return err == nil
}

// yamlValue matches what YAML libraries quote of a file: the beginning of a value, or the name of an alias.
var yamlValue = regexp.MustCompile("(?s)`.*?`|(anchor )'.*?'")

// hide returns a text without the values of the file, apart from paths of what is there. It says where those are that it leaves out.
func (f foreignFile) hide(text string) string {
	const shortest = 4 // Letters; what is shorter occurs in any text.
	if _, isWithheld := secret.Redact(text, f.short...); isWithheld {
		return secret.Withheld
	}
	text = yamlValue.ReplaceAllString(text, "$1…")
	var places []string
	for _, v := range f.values {
		written := strings.TrimSpace(v.Value)
		if len(written) < shortest || !strings.Contains(text, written) || f.isPath(v.Value) {
			continue
		}
		text = strings.ReplaceAll(strings.ReplaceAll(text, f.resolve(written), "…"), written, "…")
		places = append(places, f.file.Position(v.Node).String())
	}
	if len(places) > 0 {
		text += " (" + strings.Join(places, ", ") + ")"
	}
	return text
}

// hidingHandler writes log lines without the values of a foreign file as it is then: the library reads it at every request.
type hidingHandler struct {
	slog.Handler
	path string
}

// Handle implements slog.Handler.
func (h hidingHandler) Handle(ctx context.Context, r slog.Record) error {
	f, err := readForeign(h.path)
	if err != nil {
		return h.Handler.Handle(ctx, r) // The library could not read it either.
	}
	clean := slog.NewRecord(r.Time, r.Level, f.hide(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		if text := a.Value.String(); f.hide(text) != text {
			a.Value = slog.StringValue(f.hide(text))
		}
		clean.AddAttrs(a)
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs implements slog.Handler.
func (h hidingHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return hidingHandler{h.Handler.WithAttrs(attrs), h.path}
}

// WithGroup implements slog.Handler.
func (h hidingHandler) WithGroup(name string) slog.Handler {
	return hidingHandler{h.Handler.WithGroup(name), h.path}
}
