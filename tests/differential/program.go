package main

import (
	"bufio"
	"fmt"
	"os"

	IMPORTS
)

// Deep makes the stack large. Go 1.26 corrupts a stack that it moves while deferred calls panic one after the other:
// originals hang.
//
//go:noinline
func deep(n int) int {
	var room [4096]byte
	room[n%len(room)] = 1
	if n == 0 {
		return int(room[n])
	}
	return deep(n-1) + int(room[n%len(room)])
}

func main() {
	deep(2000)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	CALLS
}
