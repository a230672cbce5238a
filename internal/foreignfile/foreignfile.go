// Package foreignfile reads files whose form belongs to a library of Prometheus: those of --web.config.file, --http.config.file and
// http_config_file. A secret may stand anywhere in them, such as in place of the path of its file, and the library's errors may show any
// value. The errors of this package say where a mistake is, and show no value.
package foreignfile

import (
	"cmp"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// File is such a file.
type File struct {
	path   string
	file   *document.File
	values []value  // The longest first.
	short  []string // Secrets so short that they may occur in any text.
}

// value is a value with the key above it, and the one above that.
type value struct {
	*document.Node
	key, section string
}

// Read reads a file. What is wrong with it as YAML is for the library to say.
func Read(path string) (File, error) {
	text, err := document.ReadFile(path, false)
	if err != nil {
		return File{}, err
	}
	return Parse(path, text), nil
}

// Parse reads a file whose text is known.
func Parse(path, text string) File {
	f := File{path: path, file: document.NewReport().NewFile(path, text)}
	if root := f.file.Parse(); root != nil {
		f.values = scalars("", "", root)
	}
	for _, v := range f.values {
		if v.isSecret() && len(v.Value) < 4 {
			f.short = append(f.short, v.Value)
		}
	}
	slices.SortStableFunc(f.values, func(a, b value) int { return cmp.Compare(len(b.Value), len(a.Value)) })
	return f
}

// Text returns what the file holds.
func (f File) Text() string { return f.file.Content }

// isSecret reports whether a value is one under the keys that hold secrets.
func (v value) isSecret() bool {
	return document.IsOneOf(v.key, "password credentials bearer_token client_secret key secrets client_certificate_key") || v.section == "basic_auth_users"
}

// scalars returns the values below a key, and the section in which it is.
func scalars(section, key string, n *document.Node) []value {
	var found []value
	switch n.Kind {
	case document.ScalarNode:
		found = append(found, value{n, key, section})
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

// Place returns where the value of a key is that stands below another one, or the path of the file if it has none.
func (f File) Place(section, key string) string {
	for _, v := range f.values {
		if v.section == section && v.key == key {
			return f.file.Position(v.Node).String()
		}
	}
	return f.path
}

// CheckFiles reports, by place, a file that is not there: the library would show its path, which may be the secret.
func (f File) CheckFiles() error {
	for _, v := range f.values {
		if v.key == "files" || strings.HasSuffix(v.key, "_file") {
			if _, err := os.Stat(f.resolve(v.Value)); v.Value != "" && err != nil && !f.isPath(v.Value) {
				return fmt.Errorf("%s: %s: %w", f.file.Position(v.Node), v.key, secret.WithoutPath(err))
			}
		}
	}
	return nil
}

// CheckURLs reports, by place, what is not a URL.
func (f File) CheckURLs() error {
	for _, v := range f.values {
		if _, err := url.Parse(v.Value); err != nil && strings.HasSuffix(v.key, "_url") {
			return fmt.Errorf("%s: %s is not a URL", f.file.Position(v.Node), v.key)
		}
	}
	return nil
}

func (f File) resolve(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(f.path), path)
}

// isPath reports whether a value is the path of something that is there.
func (f File) isPath(value string) bool {
	_, err := os.Lstat(f.resolve(value))
	return err == nil
}

// yamlValue matches what YAML libraries quote of a file: the beginning of a value, or the name of an alias.
var yamlValue = regexp.MustCompile("(?s)`.*?`|(anchor )'.*?'")

// Hide returns a text without the values of the file, apart from paths of what is there. It says where those are that it leaves out.
func (f File) Hide(text string) string {
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
