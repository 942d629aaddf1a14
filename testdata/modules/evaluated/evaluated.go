// Package evaluated shows when Go evaluates what: the operands of a defer where it stands, those of a return before the
// deferred calls, and the deferred calls of an iteration in reverse order.
package evaluated

// Log is told everything that happens.
type Log struct{ Lines []string }

// Note adds a line.
func (l *Log) Note(line string) { l.Lines = append(l.Lines, line) }

// Part is used and closed.
type Part struct {
	Name   string
	Log    *Log
	Closed int
}

// Open makes a part, or nothing for an empty name.
func Open(log *Log, name string) *Part {
	if name == "" {
		return nil
	}
	return &Part{Name: name, Log: log}
}

// Close counts how often it is called.
func (p *Part) Close() { p.Closed++; p.Log.Note("close " + p.Name) }

// State tells whether the part is open.
func (p *Part) State() string {
	if p.Closed > 0 {
		return p.Name + " closed"
	}
	return p.Name + " open"
}

// Tally is copied where a method with a value receiver is deferred.
type Tally struct {
	N   int
	Log *Log
}

// Report notes the number as it is in the copy.
func (t Tally) Report() { t.Log.Note("report " + string(rune('0'+t.N))) }

// Seal notes the number as it is when it is called.
func (t *Tally) Seal() { t.Log.Note("seal " + string(rune('0'+t.N))) }

// Operands returns what it evaluates before the part is closed.
func Operands(log *Log, names []string) (string, int) {
	for i, name := range names {
		part := Open(log, name)
		if part == nil {
			continue
		}
		defer part.Close()
		if i == 2 {
			return part.State(), len(names)
		}
	}
	return "none", 0
}

// Forwarded returns all results of another call.
func Forwarded(log *Log, names []string) (string, int) {
	for _, name := range names {
		part := Open(log, name)
		if part == nil {
			break
		}
		defer part.Close()
		if len(name) > 1 {
			return both(part)
		}
	}
	return "none", 0
}

func both(part *Part) (string, int) { return part.State(), part.Closed }

// Named lets a deferred function see and change its result.
func Named(log *Log, names []string) (text string) {
	for i, name := range names {
		part := Open(log, name)
		defer func() {
			part.Close()
			if text != "" {
				text += "!"
			}
		}()
		if i == 1 {
			return part.State()
		}
	}
	return ""
}

// Copies defers methods on a variable that it changes afterwards.
func Copies(log *Log, rounds int) {
	for i := range rounds {
		tally := Tally{i, log}
		defer tally.Report()
		defer tally.Seal()
		tally.N += 5
	}
}

// Arguments defers a call with values that it changes afterwards.
func Arguments(log *Log, names []string) {
	for _, name := range names {
		count := len(name)
		defer pair(log, name, count)
		name += "+"
		count++
		log.Note("at " + name)
		_ = count
	}
}

func pair(log *Log, name string, count int) { log.Note(name + " " + string(rune('0'+count))) }

// Replaced defers on a variable that gets another part afterwards.
func Replaced(log *Log, names []string) {
	for _, name := range names {
		part := Open(log, name)
		defer part.Close()
		part = Open(log, name+"'")
		log.Note(part.State())
	}
}

// Traced calls at once what gives it the function to defer.
func Traced(log *Log, names []string) {
	for _, name := range names {
		defer enter(log, name)()
		if len(name) > 1 {
			continue
		}
		log.Note("in " + name)
	}
}

func enter(log *Log, name string) func() {
	log.Note("enter " + name)
	return func() { log.Note("leave " + name) }
}

// Stacked defers up to three calls in an iteration, and leaves it in between.
func Stacked(log *Log, names []string) int {
	done := 0
	for i, name := range names {
		first := Open(log, name+"1")
		defer first.Close()
		if i == 1 {
			continue
		}
		second := Open(log, name+"2")
		defer second.Close()
		if i == 2 {
			break
		}
		defer func() { log.Note("third " + name) }()
		done++
	}
	return done
}

// Hidden has a variable with the name of the part at one of its exits.
func Hidden(log *Log, names []string) {
	for i, part := range names {
		open := Open(log, part)
		defer open.Close()
		if open := i; open == 1 {
			log.Note("skip")
			continue
		}
		log.Note("use " + part)
	}
}
