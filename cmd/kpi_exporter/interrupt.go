package main

import "context"

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
