// Package secret reads what must not be seen, such as a password, from where a KPI file says that it is: a file of its own, or the
// environment. Errors say where it was looked for, and hold no part of it.
package secret

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
)

// variable matches ${NAME}, which stands for a variable of the environment.
var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// Source is where a KPI file says that a secret is.
type Source struct {
	Key  string // The key with the text; that with the file is this and _file.
	Text string // As in the KPI file, with ${NAME} not yet replaced; "" with File.
	File string // Path, "" with Text.
}

// Read returns the secret as it is now, so that a rotated one is found.
func (s Source) Read() (string, error) {
	if s.File != "" {
		text, err := ReadFile(s.Name(), s.File)
		if err == nil {
			err = s.checkLine(text)
		}
		if err != nil {
			return "", err
		}
		return text, nil
	}
	return Expand(s.Text, func(_, value string) (string, error) { return value, nil })
}

// IsReadable reports whether the secret can be read now: its variables are set, or its file is one. A pipe is left to whoever needs the secret.
func (s Source) IsReadable() bool {
	if s.File == "" {
		_, err := Expand(s.Text, func(_, _ string) (string, error) { return "", nil })
		return err == nil
	}
	info, err := os.Stat(s.File)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	f, err := os.Open(s.File)
	if err == nil {
		f.Close()
	}
	return err == nil
}

// Expand puts what write makes of the value in the place of each ${NAME}. The first error of it comes back, or that a variable is not set.
func Expand(text string, write func(name, value string) (string, error)) (string, error) {
	var failed error
	text = variable.ReplaceAllStringFunc(text, func(reference string) string {
		name := variable.FindStringSubmatch(reference)[1]
		value := os.Getenv(name)
		written, err := write(name, value)
		if value == "" {
			err = fmt.Errorf("the environment variable %s is not set", name)
		}
		if failed == nil {
			failed = err
		}
		return written
	})
	return text, failed
}

// Name returns the key that the KPI file has.
func (s Source) Name() string {
	if s.File != "" {
		return s.Key + "_file"
	}
	return s.Key
}

// checkLine checks that the file holds one line.
func (s Source) checkLine(text string) error {
	if strings.ContainsAny(text, "\r\n") {
		return fmt.Errorf("%s: %s has more than one line: leave only the %s in it", s.Name(), s.File, s.Key)
	}
	if strings.ContainsFunc(text, unicode.IsControl) {
		return fmt.Errorf("%s: %s holds a control character: leave only the %s in it", s.Name(), s.File, s.Key)
	}
	return nil
}

// maxSize is how many bytes a file with a secret has at most.
const maxSize = 64 << 10

// ReadFile returns the text of the file that a key names, without the one line break that editors and echo leave at its end. The file may be
// a pipe, as shells make one of a command's output.
func ReadFile(key, path string) (string, error) {
	f, err := os.Open(path) //nolint:gosec // Who writes the KPI file says where secrets are.
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, WithoutPath(err))
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxSize+1))
	switch {
	case err != nil:
		return "", fmt.Errorf("%s: %w", key, err)
	case len(text) > maxSize:
		return "", fmt.Errorf("%s: %s is larger than %d kB, so it is not a secret", key, path, maxSize>>10)
	}
	found := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if found == "" {
		return "", fmt.Errorf("%s: %s is empty", key, path)
	}
	return found, nil
}

// WithoutPath returns an error of the file system without the path, unless there is such a file: where the secret itself stands in place
// of the path, nothing of it is shown.
func WithoutPath(err error) error {
	failed, ok := errors.AsType[*fs.PathError](err)
	if !ok {
		return err
	}
	if _, gone := os.Lstat(failed.Path); gone == nil {
		return err
	}
	return fmt.Errorf("cannot open the file: %w", failed.Err)
}

// IsExposed reports whether everybody on this machine may read a file: it and all folders above it are open to all.
func IsExposed(path string) bool {
	path, err := filepath.EvalSymlinks(path)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	for right := fs.FileMode(0o004); err == nil; right = 0o001 {
		var info fs.FileInfo
		if info, err = os.Stat(path); err != nil || info.Mode()&right == 0 {
			return false
		}
		if path == filepath.Dir(path) {
			return true
		}
		path = filepath.Dir(path)
	}
	return false
}

// Variables returns the ${NAME} of a text.
func Variables(text string) []string { return variable.FindAllString(text, -1) }

// Replace puts a text in the place of each ${NAME}. It is an error if a ${…} is left that does not hold a name.
func Replace(text, with string) (string, error) {
	text = variable.ReplaceAllLiteralString(text, with)
	if strings.Contains(text, "${") {
		return text, errors.New("a ${…} must hold the name of an environment variable")
	}
	return text, nil
}
