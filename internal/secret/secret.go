// Package secret reads what must not be seen, such as a password, from where a KPI file says that it is: a file of its own, or the
// environment. Errors say where it was looked for, and hold no part of it.
package secret

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
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
		return ReadFile(s.Key+"_file", s.File)
	}
	var missing error
	text := variable.ReplaceAllStringFunc(s.Text, func(reference string) string {
		name := variable.FindStringSubmatch(reference)[1]
		value := os.Getenv(name)
		if value == "" && missing == nil {
			missing = fmt.Errorf("the environment variable %s is not set", name)
		}
		return value
	})
	return text, missing
}

// ReadFile returns the text of the file that a key names, without the one line break that editors and echo leave at its end.
func ReadFile(key, path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("%s: %w", key, err)
	}
	found := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if found == "" {
		return "", fmt.Errorf("%s: %s is empty", key, path)
	}
	return found, nil
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
