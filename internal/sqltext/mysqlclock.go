package sqltext

// isMySQLClockWord reports whether MySQL and MariaDB take the present for a word by itself. All of these are reserved, so that none is a
// column, and functions, too.
func isMySQLClockWord(text string) bool {
	switch text {
	case "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "utc_date", "utc_time", "utc_timestamp":
		return true
	}
	return false
}

// isMySQLClockFunction reports whether MySQL and MariaDB take the present for a function, whatever its arguments: they say how many
// digits the seconds have.
func isMySQLClockFunction(text string) bool {
	switch text {
	case "now", "curdate", "curtime", "sysdate":
		return true
	}
	return isMySQLClockWord(text)
}

// isMySQLClock reports whether the word at i is a clock of MySQL and MariaDB. There are no strings such as 'now' there, and what follows a
// point or an @ is somebody's own: @@timestamp is the only variable that is a clock.
func isMySQLClock(tokens []string, i int) bool {
	before := func(n int) string {
		if i < n {
			return ""
		}
		return tokens[i-n]
	}
	called := i+1 < len(tokens) && tokens[i+1] == "("
	switch text := tokens[i]; {
	case text == "timestamp" || text == "`timestamp`":
		at := 1
		if before(1) == "." && (before(2) == "session" || before(2) == "local") {
			at = 3
		}
		return before(at) == "@" && before(at+1) == "@"
	case before(1) == "." || before(1) == "@":
		return false
	case text == "unix_timestamp":
		return called && argumentsAfter(tokens[i+2:]) == 0
	case called:
		return isMySQLClockFunction(text)
	default:
		return isMySQLClockWord(text)
	}
}
