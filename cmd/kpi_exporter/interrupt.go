package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// grace is how long a command may take to end once it was asked to. A service manager may grant only five seconds.
const grace = shutdownTimeout + outputPatience + leastPatience + 400*time.Millisecond

// await calls a function that nothing interrupts, such as one that reads files, and returns what it returns; or, if ctx ends first, why ctx
// has ended. Then the function is left behind: it must change nothing that anybody still reads.
func await[T any](ctx context.Context, f func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	returned := make(chan result, 1)
	go func() {
		value, err := f()
		returned <- result{value, err}
	}()
	select {
	case r := <-returned:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
}

// untilEnded runs a command and returns its exit code, or exitProblem if it has not ended some time after ctx.
func (env environment) untilEnded(ctx context.Context, command func() int) int {
	ended := make(chan int, 1)
	go func() { ended <- command() }()
	select {
	case code := <-ended:
		return code
	case <-ctx.Done():
	}
	select {
	case code := <-ended:
		return code
	case <-time.After(grace):
		env.sayHangs()
		return exitProblem
	}
}

// interrupted returns the error of a command or, if ctx has ended, why: what else went wrong then came of that.
func interrupted(ctx context.Context, err error) error {
	why := context.Cause(ctx)
	if err == nil || why == nil || errors.Is(err, why) || errors.Is(err, errReported) {
		return err
	}
	return why
}

// sayHangs says why the program ends without having finished, unless that hangs, too.
func (env environment) sayHangs() {
	said := make(chan struct{})
	go func() {
		defer close(said)
		env.printError(fmt.Errorf("not finished %s after it was asked to end: a file, a database or whoever reads the output hangs", grace))
	}()
	select {
	case <-said:
	case <-time.After(leastPatience):
	}
}
