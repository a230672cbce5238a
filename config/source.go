package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	maxFileSize   = 16 << 20
	maxShownWidth = 160 // Characters of a source line that a problem shows.
)

// decoder is the text of one file. It walks the values and reports what is wrong with them.
type decoder struct {
	Name    string // As the user knows it.
	Content string
	report  *report
	starts  []int       // Offset of each line.
	hidden  map[int]int // The lines that hold a secret, and from which column on.
}

// path returns what a path written in this file means: relative to the file, unless absolute.
func (d *decoder) path(written string) string {
	if filepath.IsAbs(written) {
		return written
	}
	return filepath.Join(filepath.Dir(d.Name), written)
}

// glob returns the files that match a pattern written in this file, and the number of those it leaves out because they
// are hidden. As in a shell, a name that begins with a dot matches only where the pattern says the dot: editors, archives
// and mounted ConfigMaps put such files and folders beside those that are meant.
func (d *decoder) glob(written string) (matches []string, hidden int, err error) {
	pattern := filepath.Clean(written)
	if !filepath.IsAbs(written) { // The folder of this file is no pattern, whatever its name is.
		folder := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(filepath.Dir(d.Name))
		pattern = filepath.Join(folder, written)
	}
	all, err := filepath.Glob(pattern)
	matches = slices.DeleteFunc(slices.Clone(all), func(name string) bool { return isHidden(name, pattern) })
	return matches, len(all) - len(matches), err
}

// isHidden reports whether a file that matches a pattern has a part that begins with a dot where the pattern has a
// wildcard. Both have the same number of parts.
func isHidden(name, pattern string) bool {
	parts := strings.Split(pattern, "/")
	for i, part := range strings.Split(name, "/") {
		if strings.HasPrefix(part, ".") && !strings.HasPrefix(strings.TrimPrefix(parts[i], `\`), ".") {
			return true
		}
	}
	return false
}

// readFile returns the text of a file of at most maxFileSize bytes. With regular only a regular file will do, so that a
// pattern that matches a pipe or a terminal cannot block.
func readFile(name string, regular bool) (string, error) {
	if regular {
		info, err := os.Stat(name)
		if err != nil {
			return "", reason(err)
		}
		if !info.Mode().IsRegular() {
			return "", errors.New("not a regular file")
		}
	}
	f, err := os.Open(name)
	if err != nil {
		return "", reason(err)
	}
	defer f.Close()

	var b strings.Builder
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() <= maxFileSize {
		b.Grow(int(info.Size()))
	}
	n, err := io.Copy(&b, io.LimitReader(f, maxFileSize+1))
	if err != nil {
		return "", reason(err)
	}
	if n > maxFileSize {
		return "", fmt.Errorf("larger than %d MB, the most that is read", maxFileSize>>20)
	}
	return b.String(), nil
}

// reason returns the cause without the path, which the problem names already.
func reason(err error) error {
	if path, ok := errors.AsType[*fs.PathError](err); ok {
		return path.Err
	}
	return err
}

// newFile splits a text into lines. The byte order mark that some editors write is no part of it.
func (r *report) newFile(name, text string) *decoder {
	text = strings.TrimPrefix(text, "\ufeff")
	d := &decoder{Name: name, Content: text, report: r, hidden: map[int]int{}, starts: make([]int, 1, 1+strings.Count(text, "\n"))}
	for i := 0; i < len(text); {
		end := strings.IndexByte(text[i:], '\n')
		if end < 0 {
			break
		}
		i += end + 1
		d.starts = append(d.starts, i)
	}
	r.files[name] = d
	return d
}

// line returns line n, counted from 1, without its end; "" where there is none.
func (d *decoder) line(n int) string {
	if n < 1 || n > len(d.starts) {
		return ""
	}
	line := d.Content[d.starts[n-1]:]
	if n < len(d.starts) {
		line = d.Content[d.starts[n-1]:d.starts[n]]
	}
	return strings.TrimRight(line, "\r\n")
}

// from returns the text of the file from a place to the end of the file.
func (d *decoder) from(line, column int) string {
	if line < 1 || line > len(d.starts) {
		return ""
	}
	return tail(d.Content[d.starts[line-1]:], column)
}

// tail returns a text, which may go on over other lines, from a column of its first line on.
func tail(text string, column int) string {
	for ; column > 1 && text != "" && text[0] != '\n'; column-- {
		_, size := utf8.DecodeRuneInString(text)
		text = text[size:]
	}
	return text
}

// place returns the line and column of an offset.
func (d *decoder) place(offset int) (line, column int) {
	line, found := slices.BinarySearch(d.starts, offset)
	if found {
		line++
	}
	return line, 1 + utf8.RuneCountInString(d.Content[d.starts[line-1]:offset])
}

// hide keeps the lines of a value from being shown: the one it begins on, and those below that are indented more.
func (d *decoder) hide(n *node) {
	if isVariable(n.Value) {
		return
	}
	first := d.line(n.Line)
	d.hidden[n.Line] = n.Column
	for below := n.Line + 1; below <= len(d.starts); below++ {
		line := d.line(below)
		if strings.TrimSpace(line) != "" && indent(line) <= indent(first) {
			return
		}
		d.hidden[below] = 1
	}
}

// belowSecret reports whether a line may go on with a secret that begins above, as far as the text alone tells.
func (d *decoder) belowSecret(number int) bool {
	deep := indent(d.line(number))
	for number--; number > 0; number-- {
		line := d.line(number)
		if strings.TrimSpace(line) == "" {
			continue
		}
		if indent(line) < deep {
			return secretAt(line+" x") >= 0
		}
		if secretAt(line) >= 0 && indent(line) == deep && strings.Contains(line, "://") {
			return true
		}
	}
	return false
}

// secret reports whether a line may hold a secret, so that nothing of it may be repeated.
func (d *decoder) secret(line int) bool {
	return d.hidden[line] > 0 || secretAt(d.line(line)) >= 0
}

// shown returns a line to show beside a problem.
func (d *decoder) shown(number, column int) string {
	line := d.line(number)
	at := secretAt(line)
	if from := d.hidden[number]; from > 0 {
		if from = len(line) - len(tail(line, from)); at < 0 || from < at {
			at = from
		}
	}
	if at >= 0 {
		line = line[:at] + "***"
	}
	if !utf8.ValidString(line) || column > maxShownWidth {
		return ""
	}
	if utf8.RuneCountInString(line) > maxShownWidth {
		line = string([]rune(line)[:maxShownWidth]) + "…"
	}
	return strings.TrimRight(line, " \t")
}

func indent(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

// secretAt returns where in a line something secret may begin: after :// (but for plain web addresses), or after a key
// such as url or password. It returns -1 where nothing looks like it. It works on text alone, since a file with a broken
// syntax has nothing else.
func secretAt(line string) int {
	at := -1
	found := func(i int) {
		if at < 0 || i < at {
			at = i
		}
	}
	lower := strings.ToLower(line)
	if len(lower) != len(line) { // Rare letters change their length; be careful with the whole line.
		lower = line
	}
	if i := strings.Index(lower, "://"); i >= 0 {
		web := strings.HasSuffix(lower[:i], "http") || strings.HasSuffix(lower[:i], "https")
		if !web || strings.Contains(lower[i:], "@") {
			found(i + len("://"))
		}
	}
	for _, key := range [...]string{"url", "dsn", "password", "passwd", "pwd", "secret", "token"} {
		for i := 0; ; {
			j := strings.Index(lower[i:], key)
			if j < 0 {
				break
			}
			start := i + j
			i = start + len(key)
			if key == "url" && start > 0 && (lower[start-1] == '_' || isWord(lower[start-1])) {
				continue // grafana_url
			}
			rest := strings.TrimLeft(strings.TrimLeft(lower[i:], `"'`), " \t")
			if rest == "" || rest[0] != ':' && (rest[0] != '=' || key == "url" || key == "secret" || key == "token") {
				continue
			}
			if rest = strings.TrimLeft(rest[1:], " \t"); rest != "" && rest[0] != '#' && !isVariable(value(line[len(line)-len(rest):])) {
				found(len(line) - len(rest))
			}
		}
	}
	return at
}

// value returns what a line gives as a value, without its quotes and what follows.
func value(rest string) string {
	if rest != "" && (rest[0] == '"' || rest[0] == '\'') {
		text, _, _ := strings.Cut(rest[1:], rest[:1])
		return text
	}
	end := strings.IndexByte(rest, '}')
	if strings.HasPrefix(rest, "${") && end >= 0 {
		return strings.TrimRight(rest[:end+1]+strings.TrimRight(rest[end+1:], "} \r"), " ")
	}
	return rest
}

// isVariable reports whether a value is ${NAME} and nothing else, which is no secret.
func isVariable(value string) bool { return reference.MatchString(value) }

var reference = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`)

func isWord(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' }
