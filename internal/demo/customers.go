package demo

import (
	"fmt"
	"math"
)

// plan is what an account may buy, the cheapest first.
type plan struct {
	name    string
	segment string
	cents   int64   // A month.
	seats   int     // How many people use it, about.
	share   float64 // The share of the accounts that begin with it.
	leaves  float64 // Chance a month.
	grows   float64 // Chance a month to move to the next plan.
}

var plans = [...]plan{
	{"legacy", "smb", 69_00, 2, 0, 0.025, 0.02},
	{"starter", "smb", 99_00, 2, 0.5, 0.025, 0.015},
	{"team", "mid", 390_00, 4, 0.39, 0.014, 0.007},
	{"business", "ent", 1490_00, 8, 0.11, 0.006, 0},
}

// The plans that an account may begin with.
const (
	legacy  = 0
	starter = 1
)

const (
	trialLength = 14 * day
	raisedBy    = 12 // Percent, by the price rise.
)

var countries = [...]string{"DE", "FR", "GB", "NL", "PL", "SE", "US"}

// user is a person of an account, for as long as the person can log in.
type user struct {
	id        int64
	segment   string
	from, to  instant // to is in the future for whoever is still there.
	keen      float64 // Chance to come on an ordinary day.
	activated bool    // Does what the product is for, from the first days on.
}

// winCustomers lets accounts sign up, try, pay, grow and leave, and returns their people.
func (s *story) winCustomers() []user {
	own := s.tables.accounts.add("Larkspur", "smb", "DE", 1, s.midnight(founded))
	users := s.join(nil, own, plans[starter], 8, s.midnight(founded), s.now+day)

	var due float64 // Accounts that are due to sign up.
	for age := founded; age >= 0; age-- {
		midnight := s.midnight(age)
		rate := 1.25 + 0.3*float64(founded-age)/founded
		if age <= newSignUp {
			rate *= 1.35
		}
		for due += rate * s.busy(midnight); due >= 1; due-- {
			if created := s.atWork(midnight); created <= s.now {
				users = s.signUp(users, created)
			}
		}
	}
	return users
}

// signUp writes the life of one account.
func (s *story) signUp(users []user, created instant) []user {
	id, level := s.tables.accounts.last+1, starter
	for r := spread(id, math.Sqrt2) - plans[level].share; r >= 0 && level < len(plans)-1; level++ {
		r -= plans[level+1].share
	}
	if level == starter && s.age(created) > starterComes {
		level = legacy
	}
	p := plans[level]
	account := s.tables.accounts.add(fmt.Sprintf("Customer %d", id), p.segment, countries[s.rng.IntN(len(countries))], 0, created)

	trialEnd := created + trialLength
	s.tables.subscriptions.add(account, p.name, 1, 0, created, s.known(trialEnd))
	converting := 0.26
	if s.age(created) <= newSignUp {
		converting = 0.18
	}
	if spread(account, math.Phi) >= converting {
		return s.join(users, account, p, 1+s.rng.IntN(2), created, trialEnd)
	}
	paid := trialEnd + s.upTo(2*day)
	end := s.subscribe(account, level, paid)
	return s.join(users, account, p, p.seats-p.seats/3+s.rng.IntN(p.seats), created, end)
}

// subscribe writes the paid life of an account from its first invoice on. It returns its end, which is in the future for
// whoever is still a customer.
func (s *story) subscribe(account int64, level int, first instant) (end instant) {
	started, price := first, s.price(level, first)
	stop := func(at instant) {
		if started > s.now {
			return
		}
		s.tables.subscriptions.add(account, plans[level].name, 0, price, started, s.known(at))
		for age := s.age(started); age >= 0 && s.midnight(age) < at; age-- {
			s.mrr[age] += price
		}
	}
	bill := first
	for n := 1; bill <= s.now; n++ {
		if p := plans[level]; bill > first {
			leaves := p.leaves
			if age := s.age(bill); priceRise-60 <= age && age <= priceRise {
				leaves *= 2.5
			}
			switch {
			case spread(s.tables.invoices.last, math.Sqrt2) < leaves:
				stop(bill)
				return bill
			case s.chance(p.grows):
				stop(bill)
				level++
				started, price = bill, s.price(level, bill)
			case s.price(level, bill) != price:
				stop(bill)
				started, price = bill, s.price(level, bill)
			}
		}
		next := monthsLater(first, n)
		s.charge(account, price, bill, next)
		bill = next
	}
	stop(s.now + 1)
	return s.now + day
}

func (s *story) price(level int, t instant) int64 {
	cents := plans[level].cents
	if level != legacy && s.age(t) <= priceRise {
		cents += cents * raisedBy / 100
	}
	return cents
}

// monthsLater returns the same day of a later month at the same time. Nobody is billed after the 26th, so
// that what is due in a month is paid in it.
func monthsLater(t instant, months int) instant {
	first := t.time()
	dom := min(first.Day(), 26)
	later := first.AddDate(0, 0, dom-first.Day()).AddDate(0, months, 0)
	return instant(later.Unix())
}

// charge sends an invoice for a month and lets it be paid. Some of the money goes back.
func (s *story) charge(account, cents int64, from, to instant) {
	invoice := s.tables.invoices.add(account, from, from, to, cents, nil)
	move := func(kind string, cents int64, at instant) {
		if at <= s.now {
			s.tables.payments.add(invoice, account, kind, cents, at)
		}
	}
	paid := from + s.upTo(36*hour)
	move("payment", cents, paid)
	switch r := s.rng.Float64(); {
	case r < 0.012:
		move("refund", cents, paid+day+s.upTo(5*day))
	case r < 0.022:
		move("refund", cents/2, paid+day+s.upTo(5*day))
	case r < 0.024:
		move("chargeback", cents, paid+20*day)
	}
}

// join lets people of an account sign up: the first with the account, the others in the weeks after.
func (s *story) join(users []user, account int64, p plan, people int, from, to instant) []user {
	for n := range people {
		u := user{segment: p.segment, from: from, to: to}
		if n > 0 {
			u.from = s.atWork(from - from%day + s.upTo(40*day)/day*day)
		}
		u.keen = 0.2 + 0.6*s.rng.Float64()*s.rng.Float64()
		if to-from <= trialLength {
			u.keen /= 2
		}
		if u.from <= from {
			u.from = from
		}
		if n > 0 {
			u.to = min(to, u.from+s.about(700*day, 0.8)) // People change their jobs.
		}
		if u.from > s.now || u.from+day >= u.to {
			continue
		}
		var left any
		if u.to <= s.now {
			left = u.to
		}
		u.id = s.tables.users.add(account, u.from, left)
		finding := 0.44
		if s.age(u.from) <= newSignUp {
			finding = 0.22
		}
		u.activated = spread(u.id, math.Phi) < finding
		users = append(users, u)
	}
	return users
}
