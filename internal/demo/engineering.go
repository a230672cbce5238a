package demo

// crew is a team that plans in sprints.
type crew struct {
	team   string
	points [4]int // What it finishes in a sprint, by turns.
}

var crews = [...]crew{{"app", [...]int{28, 33, 29, 36}}, {"platform", [...]int{18, 15, 17, 20}}}

// Sprints, in days.
const (
	sprintLength = 14
	sprintEnds   = 5 // Days before today on which the last complete one ended.
)

// buildProduct plans sprints and works through them.
func (s *story) buildProduct() {
	for _, c := range crews {
		for n, end := 0, sprintEnds+52*sprintLength; end >= sprintEnds-sprintLength; n, end = n+1, end-sprintLength {
			s.sprint(c, n, end)
		}
	}
	s.reportBugs()
}

// sprint lets a crew finish its points, and one more thing when it is over, which counts for none.
func (s *story) sprint(c crew, n, end int) {
	starts, ends := s.midnight(end+sprintLength)+10*hour, s.midnight(end)+10*hour
	if starts > s.now {
		return
	}
	id := s.tables.sprints.add(c.team, starts, ends)
	sizes := [...]int{3, 1, 5, 2}
	left := c.points[n%len(c.points)]
	if s.badWeek(end + sprintLength/2) {
		left = left * 2 / 3
	}
	for i := 0; left > 0; i++ {
		points := min(sizes[i%len(sizes)], left)
		left -= points
		took := min(s.about(58*hour, 0.6), 9*day)
		started := starts + s.upTo(ends-starts-took)
		kind := "feature"
		if i%3 == 2 {
			kind = "task"
		}
		s.work(kind, c.team, id, points, nil, starts-s.upTo(20*day)-day, started, started+took)
	}
	s.work("feature", c.team, id, 5, nil, starts-5*day, ends-3*day, ends+2*day)
}

// reportBugs finds bugs on most days and soon repairs them.
func (s *story) reportBugs() {
	for age := founded; age >= 0; age-- {
		if weekend(s.midnight(age)) {
			continue
		}
		bugs := 1 - s.rng.IntN(4)/3
		if s.badWeek(age) {
			bugs += 2
		}
		for n := range bugs {
			found := "qa"
			if n > 0 || s.chance(0.12) {
				found = "production"
			}
			created := s.atWork(s.midnight(age))
			started := created + s.about(10*hour, 0.8)
			s.work("bug", crews[s.rng.IntN(len(crews))].team, nil, nil, found, created, started, started+s.about(30*hour, 0.7))
		}
	}
}

func (s *story) work(kind, team string, sprint, points, found any, created, started, done instant) {
	if created <= s.now {
		s.tables.workItems.add(kind, team, sprint, points, found, created, s.known(started), s.known(done))
	}
}

// deployProduct brings changes to production on working days, and to staging before.
func (s *story) deployProduct() {
	n := 0
	for age := founded; age >= 0; age-- {
		if weekend(s.midnight(age)) {
			continue
		}
		hours := []instant{15 * hour, 10 * hour}
		if age > twoDeploys {
			hours = hours[:1]
		}
		for _, at := range hours {
			n++
			deployed := s.midnight(age) + at + s.upTo(hour)
			fails, repair := n%24 == 0, 35*minute
			if s.badWeek(age) {
				fails, repair = n%10 != 0, 5*hour
			}
			s.deploy(deployed, fails, repair)
		}
	}
}

func (s *story) deploy(at instant, fails bool, repair instant) {
	if at > s.now {
		return
	}
	s.tables.deploys.add("web", "staging", at-40*minute, nil, nil)
	var failed, restored any
	if fails {
		found := at + 5*minute + s.upTo(hour)
		failed, restored = s.known(found), s.known(found+s.about(repair, 0.4))
	}
	deploy := s.tables.deploys.add("web", "production", at, failed, restored)
	age := s.age(at)
	waiting := 28*hour + instant(age)*hour/10 // It takes less and less.
	if s.badWeek(age) {
		waiting *= 3
	}
	for range 1 + s.rng.IntN(4) {
		s.tables.changes.add(deploy, at-s.about(waiting, 0.6))
	}
}
