package rules

// notation is how numbers between two sizes are written, whatever their sign; "" is no limit.
type notation struct {
	from, below string
	unit        string // The number is divided by it.
	format      string
}

// notations are those of format.Number: four significant digits below ten thousand, and three from there, with k, M or B; from a
// trillion on all whole billions.
func notations() []notation {
	return []notation{
		{"999.5e9", "", "1e9", "%.0[1]fB"},
		{"999.5e6", "999.5e9", "1e9", "%.3[1]gB"},
		{"999500", "999.5e6", "1e6", "%.3[1]gM"},
		{"9999.5", "999500", "1e3", "%.3[1]gk"},
		{"", "9999.5", "1", "%.4[1]g"},
	}
}

// sized are the series of an expression whose numbers are of that size.
func sized(expr, from, below string) string {
	switch {
	case from == "":
		return "(" + expr + " > -" + below + " < " + below + ")"
	case below == "":
		return "(" + expr + " >= " + from + " or " + expr + " <= -" + from + ")"
	}
	return "(" + expr + " >= " + from + " < " + below + " or " + expr + " <= -" + from + " > -" + below + ")"
}

// written puts the format of a number where the description tells it.
func written(expr, format string) string {
	return `label_replace(` + expr + `, "description", "$1` + format + `$2", "description", "(.*)` + number + `(.*)")`
}

// writtenNumbers are expressions for the numbers that alerts tell, as internal/format writes them for the terminal and the catalogue.
func writtenNumbers() []string {
	const plain = `kpi:alert:number{unit!~"-ratio|-seconds"}`
	all := append(writtenDurations(), labelled("(\n"+unionOf(writtenShares())+"\n)", "unit", "-"))
	for _, n := range notations() {
		expr := sized(plain, n.from, n.below)
		if n.unit != "1" {
			expr += " / " + n.unit
		}
		all = append(all, written(expr, n.format))
	}
	return all
}

// writtenShares write ratios as format.PercentTo does: close below 100 % they have two digits of what is missing. The difference of two is in
// percentage points.
func writtenShares() []string {
	const (
		share   = `kpi:alert:number{unit="-ratio",source!~".*_change"}`
		change  = `100 * kpi:alert:number{unit="-ratio",source=~".*_change"}`
		missing = `(1 - (` + share + ` > 0.99 < 0.99999999999))`
		digits  = `10 ^ (floor(log10(` + missing + `)) - 1)`
	)
	return []string{
		written(`100 * (`+share+` > -10 <= 0.99 or `+share+` >= 0.99999999999 < 10)`, "%.4[1]g%%"),
		written(`100 - 100 * round(`+missing+` / `+digits+`) * `+digits, "%.12[1]g%%"),
		written(`100 * `+sized(share, "10", ""), "%.0[1]f%%"),
		written(`(`+change+` unless `+sized(change, "0.99995", "1.0005")+`)`, "%.4[1]g percentage points"),
		written(sized(change, "0.99995", "1.0005"), "%.4[1]g percentage point"),
	}
}

// writtenDurations write lengths of time as format.Duration does. A long one keeps its two largest units here, and the template writes it.
func writtenDurations() []string {
	const (
		seconds = `kpi:alert:number{unit="-seconds"}`
		longest = "9223372036"
	)
	cut := func(from, below, unit string) string {
		whole := "round(" + sized(seconds, from, below) + ")"
		return whole + " - " + whole + " % " + unit
	}
	long := unionOf([]string{"round(" + sized(seconds, "60", "3599.5") + ")", cut("3599.5", "86399.5", "60"), cut("86399.5", longest, "3600")})
	return []string{
		labelled(written(sized(seconds, "", "60"), "%.4[1]gs"), "unit", "-"),
		labelled(written(sized(seconds, longest, ""), "%.0[1]fs"), "unit", "-"),
		"label_replace((\n" + long + `
), "description", "$1%[1]s$2", "description", "(.*)` + number + `%\\[2\\]s(.*)")`,
	}
}

// duration writes a number of seconds from a minute on as format.Duration does: of what humanizeDuration writes it keeps the two largest
// units.
func duration(seconds string) string {
	return `{{ ` + seconds + ` | printf "%.0f" | humanizeDuration | reReplaceAll "^(\\S+) ?(\\S*).*" "$1$2" | reReplaceAll "(\\D)0.$" "$1" }}`
}
