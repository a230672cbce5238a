// Package document reads YAML files in which every value has its place, so that whatever is wrong is shown with its line and
// a caret. It repairs what YAML surprises people with, finds near misses, and keeps secrets out of what it shows. What the
// files are about it does not know.
package document

import (
	"errors"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// maxShownWidth is how many characters of a line a problem shows.
const maxShownWidth = 160

// File is the text of one file. Its methods walk the values and report what is wrong with them.
type File struct {
	Name    string // As the user knows it: see Files.Name.
	Content string // Without a byte order mark; "" if the file cannot be read.
	path    string // Where it is among the files of the report.
	report  *Report
	starts  []int         // Offset of each line.
	hidden  map[int]int   // The lines that hold a secret, and from which column on.
	secrets map[int]int   // What secretAt returned for a line.
	silent  bool          // Problems show none of its lines.
	columns map[int][]int // Offsets of every columnStep-th character of lines in which somebody looked; see offset.
}

// Path returns what a path written in this file means: relative to the file, unless absolute.
func (d *File) Path(written string) string {
	if filepath.IsAbs(written) {
		return written
	}
	return filepath.Join(d.Folder(), written)
}

// Folder returns the folder of the file, where its relative paths begin.
func (d *File) Folder() string { return filepath.Dir(d.path) }

// Glob returns the files that match a pattern written in this file, and the number of those it leaves out because they
// are hidden. As in a shell, a name that begins with a dot matches only where the pattern has the dot: editors, archives
// and mounted ConfigMaps put such files and folders beside those that are meant. The same holds for the ~ and # of editors'
// copies.
func (d *File) Glob(written string) (matches []string, hidden int, err error) {
	pattern := filepath.Clean(written)
	if !filepath.IsAbs(written) { // The folder of this file is not a pattern, whatever its name is.
		folder := strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(d.Folder())
		pattern = filepath.Join(folder, written)
	}
	all, err := d.report.from.Glob(pattern)
	matches = slices.DeleteFunc(slices.Clone(all), func(name string) bool { return isHidden(name, pattern) })
	if unread, ok := errors.AsType[UnreadError](err); ok {
		if unread = slices.DeleteFunc(slices.Clone(unread), func(one *fs.PathError) bool { return isHidden(one.Path, pattern) }); len(unread) == 0 {
			return matches, len(all) - len(matches), nil
		}
		err = unread
	}
	return matches, len(all) - len(matches), err
}

// isHidden reports whether a file that matches a pattern, or a folder on the way to it, has a part that begins with a dot, or is an editor's copy, where the
// pattern has a wildcard. Each of its parts has one in the pattern.
func isHidden(name, pattern string) bool {
	parts := strings.Split(pattern, "/")
	for i, part := range strings.Split(name, "/") {
		if part == "." || part == ".." { // Where the pattern begins.
			continue
		}
		if strings.HasPrefix(part, ".") && !strings.HasPrefix(strings.TrimPrefix(parts[i], `\`), ".") {
			return true
		}
		if strings.HasPrefix(part, ".#") && !strings.HasPrefix(parts[i], ".#") { // The lock of an editor, a link that leads nowhere.
			return true
		}
		for _, mark := range []string{"~", "#"} { // growth.yaml~ and #growth.yaml#
			if strings.HasSuffix(part, mark) && !strings.HasSuffix(parts[i], mark) {
				return true
			}
		}
	}
	return false
}

// NewFile splits the text of the file at a path into lines. The byte order mark that some editors write is not part of it.
func (r *Report) NewFile(path, text string) *File {
	text = strings.TrimPrefix(text, "\ufeff")
	d := &File{Name: r.from.Name(path), Content: text, path: path, report: r, starts: make([]int, 1, 1+strings.Count(text, "\n"))}
	d.hidden, d.secrets, d.columns = map[int]int{}, map[int]int{}, map[int][]int{}
	for i := 0; i < len(text); {
		end := strings.IndexByte(text[i:], '\n')
		if end < 0 {
			break
		}
		i += end + 1
		d.starts = append(d.starts, i)
	}
	r.files[d.Name] = d
	return d
}

// Line returns line n, counted from 1, without its end; "" where there is none.
func (d *File) Line(n int) string {
	if n < 1 || n > len(d.starts) {
		return ""
	}
	line := d.Content[d.starts[n-1]:]
	if n < len(d.starts) {
		line = d.Content[d.starts[n-1]:d.starts[n]]
	}
	return strings.TrimRight(line, "\r\n")
}

// From returns the text of the file from a place to the end of the file.
func (d *File) From(line, column int) string {
	if line < 1 || line > len(d.starts) {
		return ""
	}
	return d.Content[d.offset(line, column):]
}

// RestOfLine returns the text from a place to the end of its line, without the line break.
func (d *File) RestOfLine(line, column int) string {
	rest := d.From(line, column)
	if line > 0 && line < len(d.starts) {
		rest = rest[:d.starts[line]-1-(len(d.Content)-len(rest))]
	}
	return rest
}

// columnStep is how many characters of a line are counted at most to find one of them: a file may be one long line with many values.
const columnStep = 256

// offset returns where a column of a line is in the file, or else the end of the line.
func (d *File) offset(line, column int) int {
	at, end := d.starts[line-1], len(d.Content)
	if line < len(d.starts) {
		end = d.starts[line] - 1
	}
	if column > columnStep {
		steps, known := d.columns[line]
		if !known {
			steps = stepsOf(d.Content[at:end])
			d.columns[line] = steps
		}
		passed := min((column-1)/columnStep, len(steps))
		if passed > 0 {
			at, column = at+steps[passed-1], column-passed*columnStep
		}
	}
	for ; column > 1 && at < end; column-- {
		_, size := utf8.DecodeRuneInString(d.Content[at:end])
		at += size
	}
	return at
}

// stepsOf returns the offset of every columnStep-th character of a line.
func stepsOf(line string) []int {
	var steps []int
	count := 0
	for at := range line {
		if count > 0 && count%columnStep == 0 {
			steps = append(steps, at)
		}
		count++
	}
	return steps
}

// Place returns the line and column of an offset.
func (d *File) Place(offset int) (line, column int) {
	line, found := slices.BinarySearch(d.starts, offset)
	if found {
		line++
	}
	return line, 1 + utf8.RuneCountInString(d.Content[d.starts[line-1]:offset])
}

// Hide keeps the lines of a value from being shown: the one it begins on, and those below that are indented more.
func (d *File) Hide(n *Node) {
	if isVariable(n.Value) {
		return
	}
	first := d.Line(n.Line)
	column, walked := d.hidden[n.Line]
	if !walked || n.Column < column {
		d.hidden[n.Line] = n.Column
	}
	if walked { // Because of another value of the line: so are the lines below.
		return
	}
	for below := n.Line + 1; below <= len(d.starts); below++ {
		line := d.Line(below)
		if strings.TrimSpace(line) != "" && indent(line) <= indent(first) {
			return
		}
		d.hidden[below] = 1
	}
}

// belowSecret reports whether a line may go on with a secret that begins above, as far as the text alone tells.
func (d *File) belowSecret(number int) bool {
	deep := indent(d.Line(number))
	for number--; number > 0; number-- {
		line := d.Line(number)
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
func (d *File) secret(line int) bool {
	return d.hidden[line] > 0 || d.secretAt(line) >= 0
}

// secretAt is secretAt for a line of the file, which is looked through once, however much is reported about it.
func (d *File) secretAt(number int) int {
	at, known := d.secrets[number]
	if !known {
		at = secretAt(d.Line(number))
		if d.secrets != nil {
			d.secrets[number] = at
		}
	}
	return at
}

// ShowNothing has problems show no line of the file, which may not be the file that was meant.
func (d *File) ShowNothing() { d.silent = true }

// shown returns a line to show beside a problem.
func (d *File) shown(number, column int) string {
	if d.silent || number < 1 || number > len(d.starts) || column > maxShownWidth {
		return ""
	}
	line := d.Line(number)
	at := d.secretAt(number)
	if from := d.hidden[number]; from > 0 {
		if from = min(d.offset(number, from)-d.starts[number-1], len(line)); at < 0 || from < at {
			at = from
		}
	}
	cut := d.offset(number, 1+maxShownWidth) - d.starts[number-1]
	switch {
	case at >= 0 && at <= cut:
		line = line[:at] + "***"
	case cut < len(line):
		line = line[:cut] + "…"
	}
	if !utf8.ValidString(line) {
		return ""
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
				break // Those that follow are behind it.
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
	if !strings.HasPrefix(rest, "${") {
		return rest
	}
	end := strings.IndexByte(rest, '}')
	if end < 0 {
		return rest
	}
	return strings.TrimRight(rest[:end+1]+strings.TrimRight(rest[end+1:], "} \r"), " ")
}

// isVariable reports whether a value is ${NAME} and nothing else, which is not a secret.
func isVariable(value string) bool { return reference.MatchString(value) }

var reference = regexp.MustCompile(`^\$\{[A-Za-z_][A-Za-z0-9_]*\}$`)

func isWord(c byte) bool { return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' }
