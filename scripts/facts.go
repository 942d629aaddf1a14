// Compares a table of facts with the packages that it speaks of: that what it names is there, and that what it says of
// types is so. What a call does with its operands is not seen here; for that, read the source.
//
// usage: go run scripts/facts.go [-api] TABLE [PACKAGE...]
//
// Without packages, those of the standard library in the table are looked at; `all` stands for every package of the
// table. With -api, what the table does not say about the packages is printed in place of what it says wrong.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strings"
)

// A fact is one name of one line of the table.
type fact struct {
	line int
	// The package whose types the results are written with.
	of      string
	field   bool
	results []string
	flags   []string
}

// A block is what the table says about a package or a type.
type block struct {
	name  string
	line  int
	facts map[string]fact
}

type table struct {
	blocks  map[string]*block
	aliases map[string]string
	plain   map[string]int
	// Types of bytes.
	memory map[string]int
	// Types whose methods change nothing that somebody could see.
	quiet map[string]int
	// Types of which one serves a whole program, which need not be plain by their parts.
	once  map[string]bool
	lines map[string]int
	// Packages, with those of types.
	packages map[string]bool
}

// Types that are plain although their parts do not show it.
var asRead = map[string]bool{
	// A pointer to what is known of the message's type.
	"google.golang.org/protobuf/runtime/protoimpl.MessageState": true,
}

// Releases that most often fail where all is well: what they undo was renamed, committed or closed before.
var isExpected = map[string]bool{
	"database/sql.Tx.Rollback": true,
	"net/smtp.Client.Close":    true,
	"os.Remove":                true,
}

var (
	faults   []string
	packages = map[string]*types.Package{}
)

func fault(line int, format string, args ...any) {
	faults = append(faults, fmt.Sprintf("%d: ", line)+fmt.Sprintf(format, args...))
}

func main() {
	args := os.Args[1:]
	api := len(args) > 0 && args[0] == "-api"
	if api {
		args = args[1:]
	}
	if len(args) == 0 {
		fmt.Fprintln(os.Stderr, "usage: go run scripts/facts.go [-api] TABLE [PACKAGE...]")
		os.Exit(2)
	}
	text, err := os.ReadFile(args[0])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	t := read(string(text))
	asked := t.asked(args[1:])
	load("", asked)
	if api {
		for _, path := range asked {
			t.rest(path)
		}
		return
	}
	for _, path := range asked {
		if packages[path] == nil {
			fault(t.lines[path], "there is no package %s", path)
		}
	}
	looked := t.check(asked)
	for _, text := range faults {
		fmt.Printf("%s:%s\n", args[0], text)
	}
	fmt.Printf("%d packages, %d names, %d wrong\n", len(asked), looked, len(faults))
	if len(faults) > 0 {
		os.Exit(1)
	}
}

// packageOf gives the package of a block's name: a type's name follows the last dot and begins with a letter that is
// no part of a version.
func packageOf(name string) string {
	dot := strings.LastIndexByte(name, '.')
	if dot < strings.LastIndexByte(name, '/') || dot < 0 {
		return name
	}
	rest := name[dot+1:]
	isVersion := len(rest) > 1 && rest[0] == 'v' && strings.Trim(rest[1:], "0123456789") == ""
	// Names of repositories that end so.
	if isVersion || rest == "go" || rest == "golang" || rest == "uuid" {
		return name
	}
	return name[:dot]
}

func read(text string) *table {
	t := &table{map[string]*block{}, map[string]string{}, map[string]int{}, map[string]int{}, map[string]int{}, map[string]bool{}, map[string]int{}, map[string]bool{}}
	var at *block
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		n := i + 1
		if line == "" || line[0] == '#' {
			continue
		}
		if name, ok := strings.CutPrefix(line, "@ "); ok {
			name, of, alias := strings.Cut(name, " = ")
			if t.blocks[name] != nil || t.aliases[name] != "" {
				fault(n, "another block of %s", name)
			}
			t.lines[name] = n
			if path := packageOf(name); t.lines[path] == 0 {
				t.lines[path] = n
			}
			t.packages[packageOf(name)] = true
			if alias {
				t.aliases[name], at = of, nil
				continue
			}
			at = &block{name, n, map[string]fact{}}
			t.blocks[name] = at
			continue
		}
		left, right, ok := strings.Cut(line, " = ")
		if !ok || at == nil {
			fault(n, "no block, and no fact")
			continue
		}
		results, flags, _ := strings.Cut(right, ";")
		for _, name := range strings.Fields(left) {
			bare := strings.TrimPrefix(name, ".")
			switch strings.TrimSpace(results) {
			case "once":
				t.once[at.name+"."+bare] = true
				fallthrough
			case "plain":
				t.plain[at.name+"."+bare] = n
				continue
			case "memory":
				t.memory[at.name+"."+bare] = n
				continue
			case "quiet":
				t.quiet[at.name+"."+bare] = n
				continue
			}
			if _, twice := at.facts[bare]; twice {
				fault(n, "%s.%s stands in the table twice", at.name, bare)
			}
			at.facts[bare] = fact{n, packageOf(at.name), name != bare, strings.Fields(results), strings.Fields(flags)}
		}
	}
	return t
}

// asked gives the packages to look at.
func (t *table) asked(args []string) []string {
	var all []string
	for name := range t.packages {
		all = append(all, name)
	}
	sort.Strings(all)
	switch {
	case len(args) == 0:
		return keep(all, isStandard)
	case args[0] == "all":
		return keep(all, isReal)
	}
	return args
}

func keep(all []string, which func(string) bool) []string {
	var kept []string
	for _, one := range all {
		if which(one) {
			kept = append(kept, one)
		}
	}
	return kept
}

// isReal tells packages from the table's own names, which stand for no package: they have no slash and are none of Go's.
func isReal(path string) bool {
	return strings.Contains(path, "/") || isStandard(path)
}

func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	if strings.Contains(first, ".") {
		return false
	}
	info, err := os.Stat(filepath.Join(goroot(), "src", path))
	return err == nil && info.IsDir()
}

var root string

func goroot() string {
	if root == "" {
		out, err := exec.Command("go", "env", "GOROOT").Output()
		if err != nil {
			panic(err)
		}
		root = strings.TrimSpace(string(out))
	}
	return root
}

// load type-checks the declarations of packages and of all that they import, from source.
func load(goos string, paths []string) {
	if goos == "" {
		windows := keep(paths, isForWindows)
		if len(windows) > 0 {
			load("windows", windows)
			paths = keep(paths, func(path string) bool { return !isForWindows(path) })
		}
	}
	args := []string{"list", "-e", "-deps", "-json=ImportPath,Dir,GoFiles,CgoFiles,ImportMap", "--"}
	command := exec.Command("go", append(args, paths...)...)
	command.Env = append(os.Environ(), "CGO_ENABLED=1")
	if goos != "" {
		command.Env = append(command.Env, "GOOS="+goos)
	}
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		fmt.Fprintln(os.Stderr, "go list:", err)
		os.Exit(2)
	}
	here := map[string]*types.Package{"unsafe": types.Unsafe}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var listed struct {
			ImportPath, Dir string
			GoFiles         []string
			CgoFiles        []string
			ImportMap       map[string]string
		}
		if err := decoder.Decode(&listed); err == io.EOF {
			break
		} else if err != nil {
			panic(err)
		}
		names := append(listed.GoFiles, listed.CgoFiles...)
		if len(names) == 0 || listed.ImportPath == "unsafe" {
			continue
		}
		files := token.NewFileSet()
		var trees []*ast.File
		for _, name := range names {
			tree, err := parser.ParseFile(files, filepath.Join(listed.Dir, name), nil, parser.SkipObjectResolution)
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
			trees = append(trees, tree)
		}
		config := types.Config{
			IgnoreFuncBodies: true,
			FakeImportC:      true,
			Importer:         importer{here, listed.ImportMap},
			Error:            func(error) {},
		}
		checked, _ := config.Check(listed.ImportPath, files, trees, nil)
		here[listed.ImportPath] = checked
	}
	for _, path := range paths {
		packages[path] = here[path]
	}
}

func isForWindows(path string) bool {
	return strings.Contains(path, "/windows") || strings.HasSuffix(path, "/go-winio")
}

type importer struct {
	known map[string]*types.Package
	names map[string]string
}

func (i importer) Import(path string) (*types.Package, error) {
	if name, ok := i.names[path]; ok {
		path = name
	}
	if known := i.known[path]; known != nil {
		return known, nil
	}
	return nil, fmt.Errorf("%s is not there", path)
}

// check looks at everything that the table says about the packages, and gives the number of names.
func (t *table) check(paths []string) int {
	looked := 0
	wanted := map[string]bool{}
	for _, path := range paths {
		wanted[path] = packages[path] != nil
	}
	for name, block := range t.blocks {
		if path := packageOf(name); wanted[path] && !isOwn(name) {
			looked += len(block.facts)
			t.block(block, path, name)
		}
	}
	for name, of := range t.aliases {
		path := packageOf(name)
		if !wanted[path] {
			continue
		}
		if t.blocks[of] == nil {
			fault(t.lines[name], "%s has no block", of)
			continue
		}
		t.alias(name, of)
	}
	looked += eachType(t.plain, wanted, func(name string, line int, of types.Type) {
		switch {
		case isBytes(of):
			fault(line, "%s is memory", name)
		case !types.IsInterface(of) && !asRead[name] && !t.once[name] && !t.isPlain(of.Underlying(), nil):
			fault(line, "%s is not plain by its parts", name)
		}
	})
	looked += eachType(t.memory, wanted, func(name string, line int, of types.Type) {
		if !isBytes(of) {
			fault(line, "%s is not made of bytes", name)
		}
	})
	for name, line := range t.quiet {
		if _, alias := t.aliases[name]; wanted[packageOf(name)] && t.blocks[name] == nil && !alias {
			fault(line, "%s has no block", name)
		}
	}
	sort.Slice(faults, func(i, j int) bool {
		var left, right int
		fmt.Sscan(faults[i], &left)
		fmt.Sscan(faults[j], &right)
		return left < right || left == right && faults[i] < faults[j]
	})
	return looked
}

// eachType looks at the named types of the wanted packages, by their lines, and says how many there are.
func eachType(lines map[string]int, wanted map[string]bool, look func(name string, line int, of types.Type)) int {
	looked := 0
	for name, line := range lines {
		path := packageOf(name)
		if !wanted[path] {
			continue
		}
		looked++
		if object, ok := packages[path].Scope().Lookup(name[len(path)+1:]).(*types.TypeName); ok {
			look(name, line, object.Type())
		} else {
			fault(line, "there is no type %s", name)
		}
	}
	return looked
}

// isBytes tells of a type whether its values are slices of bytes.
func isBytes(of types.Type) bool {
	slice, ok := of.Underlying().(*types.Slice)
	if !ok {
		return false
	}
	element, ok := slice.Elem().Underlying().(*types.Basic)
	return ok && element.Kind() == types.Byte
}

// alias checks what another name of a package or a type is said to share with the first one.
func (t *table) alias(name, of string) {
	path := packageOf(name)
	if path != name {
		t.shared(t.blocks[of], path, name)
		return
	}
	t.shared(t.blocks[of], path, name)
	for other, block := range t.blocks {
		if packageOf(other) == of && other != of && !isOwn(other) {
			mine := name + other[len(of):]
			if packages[path].Scope().Lookup(mine[len(path)+1:]) != nil {
				t.shared(block, path, mine)
			}
		}
	}
}

// shared looks at those names of a block that another package or type has too.
func (t *table) shared(of *block, path, name string) {
	for member, fact := range of.facts {
		if member == "*" || member == "()" {
			continue
		}
		if object := find(path, name, member); object != nil {
			t.fact(fact, path, name, member, object)
		}
	}
}

// isOwn tells whether a type is a name of the table only: it begins with a small letter.
func isOwn(name string) bool {
	path := packageOf(name)
	return path != name && name[len(path)+1] >= 'a' && name[len(path)+1] <= 'z'
}

func (t *table) block(block *block, path, name string) {
	if path != name {
		if _, ok := packages[path].Scope().Lookup(name[len(path)+1:]).(*types.TypeName); !ok {
			fault(block.line, "there is no type %s", name)
			return
		}
	}
	for member, fact := range block.facts {
		switch member {
		case "*":
			for _, other := range members(path, name) {
				if _, own := block.facts[other]; !own {
					t.fact(fact, path, name, other, find(path, name, other))
				}
			}
		case "()":
		default:
			object := find(path, name, member)
			if object == nil {
				object = t.other(name, member)
			}
			if object == nil {
				fault(fact.line, "there is no %s.%s", name, member)
				continue
			}
			t.fact(fact, path, name, member, object)
		}
	}
}

// other finds a member in a type that is another name's alias: the table speaks of both in one block.
func (t *table) other(name, member string) types.Object {
	for alias, of := range t.aliases {
		if of == name && packages[packageOf(alias)] != nil {
			if object := find(packageOf(alias), alias, member); object != nil {
				return object
			}
		}
	}
	return nil
}

// find gives a member of a package or a type; nil if there is none.
func find(path, name, member string) types.Object {
	scope := packages[path].Scope()
	if path == name {
		return scope.Lookup(member)
	}
	of := scope.Lookup(name[len(path)+1:])
	if of == nil {
		return nil
	}
	object, _, _ := types.LookupFieldOrMethod(of.Type(), true, packages[path], member)
	return object
}

// members gives the exported functions of a package or methods of a type.
func members(path, name string) []string {
	var all []string
	scope := packages[path].Scope()
	if path == name {
		for _, member := range scope.Names() {
			if _, ok := scope.Lookup(member).(*types.Func); ok && ast.IsExported(member) {
				all = append(all, member)
			}
		}
		return all
	}
	of := scope.Lookup(name[len(path)+1:]).Type()
	if !types.IsInterface(of) {
		of = types.NewPointer(of)
	}
	set := types.NewMethodSet(of)
	for i := range set.Len() {
		if object := set.At(i).Obj(); object.Exported() {
			all = append(all, object.Name())
		}
	}
	return all
}

func (t *table) fact(fact fact, path, name, member string, object types.Object) {
	what := name + "." + member
	switch object := object.(type) {
	case *types.Func:
		if fact.field {
			fault(fact.line, "%s is a function: no dot before it", what)
			return
		}
		t.results(fact, path, what, object.Type().(*types.Signature).Results())
	case *types.Var, *types.Const:
		signature, calls := object.Type().Underlying().(*types.Signature)
		switch {
		case fact.field:
			t.result(fact, path, what, fact.results[0], object.Type())
		case calls:
			t.results(fact, path, what, signature.Results())
		default:
			fault(fact.line, "%s is no function: a dot before it", what)
		}
	case *types.TypeName:
		// A conversion, in the form of a call.
		if fact.field {
			fault(fact.line, "%s is a type: no dot before it", what)
			return
		}
		t.result(fact, path, what, fact.results[0], object.Type())
	default:
		fault(fact.line, "%s is something else", what)
	}
}

// results compares what is said of results with their types. Results that are not written are plain.
func (t *table) results(fact fact, path, what string, results *types.Tuple) {
	fails := results.Len() == 1 && types.Identical(results.At(0).Type(), types.Universe.Lookup("error").Type())
	switch said := has(fact.flags, "fails"); {
	case said && !fails:
		fault(fact.line, "%s does not return an error alone", what)
	case !said && fails && !isExpected[what] && (has(fact.flags, "release") || has(fact.flags, "removes") || has(fact.flags, "frees")):
		fault(fact.line, "%s returns an error alone: it fails", what)
	}
	if len(fact.results) == 1 && fact.results[0] == "?" {
		return
	}
	if len(fact.results) > max(results.Len(), 1) {
		fault(fact.line, "%s has %d results", what, results.Len())
		return
	}
	for i := range results.Len() {
		word := "_"
		if i < len(fact.results) {
			word = fact.results[i]
		}
		t.result(fact, path, what, word, results.At(i).Type())
	}
}

func has(flags []string, flag string) bool {
	for _, one := range flags {
		if one == flag {
			return true
		}
	}
	return false
}

// result compares one word with a type.
func (t *table) result(fact fact, path, what, word string, of types.Type) {
	bare := strings.TrimPrefix(word, "~")
	switch {
	case word == "?" || word == "data":
	case word == "bytes":
		if text := of.Underlying().String(); text != "[]byte" && text != "[]uint8" && text != "string" {
			fault(fact.line, "%s is no memory but %s", what, of)
		}
	case bare == "_" || word == "name" || word == "addr":
		if !t.isPlain(of, nil) {
			fault(fact.line, "%s is not plain: %s", what, of)
		}
	case bare == "func":
		if _, ok := of.Underlying().(*types.Signature); !ok {
			fault(fact.line, "%s is no function but %s", what, of)
		}
	default:
		t.value(fact, path, what, bare, of)
	}
}

// value compares the name of a type with a type. Of an interface the table may say what implements it, and the other way round.
func (t *table) value(fact fact, path, what, bare string, of types.Type) {
	full := bare
	if !strings.Contains(bare, ".") {
		full = fact.of + "." + bare
	}
	if t.blocks[full] == nil {
		fault(fact.line, "%s has no block", full)
		return
	}
	if isOwn(full) || !isReal(packageOf(full)) {
		return
	}
	for {
		switch inner := of.(type) {
		case *types.Pointer:
			of = inner.Elem()
			continue
		case *types.Slice:
			of = inner.Elem()
			continue
		case *types.Map:
			of = inner.Elem()
			continue
		case *types.Alias:
			of = types.Unalias(of)
			continue
		}
		break
	}
	named, ok := of.(*types.Named)
	if !ok {
		fault(fact.line, "%s is no %s but %s", what, full, of)
		return
	}
	own := named.Obj().Name()
	if named.Obj().Pkg() != nil {
		own = named.Obj().Pkg().Path() + "." + own
	}
	if t.known(own) == full {
		return
	}
	fault(fact.line, "%s is no %s but %s", what, full, own)
}

// known gives the type that another name stands for.
func (t *table) known(name string) string {
	if of, ok := t.aliases[name]; ok {
		return of
	}
	path := packageOf(name)
	if of, ok := t.aliases[path]; ok {
		return t.known(of + name[len(path):])
	}
	return name
}

// blockPackage gives the package whose names a block of this package is written with: of an alias, the other's.
func (t *table) blockPackage(path string) string {
	if of, ok := t.aliases[path]; ok {
		return of
	}
	return path
}

// isPlain tells whether a type is made of numbers, texts, errors and what the table says is plain.
func (t *table) isPlain(of types.Type, seen []types.Type) bool {
	for _, one := range seen {
		if types.Identical(one, of) {
			return true
		}
	}
	seen = append(seen, of)
	switch of := of.(type) {
	case *types.Basic:
		return of.Kind() != types.UnsafePointer && of.Kind() != types.Invalid
	case *types.Alias:
		return t.isPlain(types.Unalias(of), seen)
	case *types.Named:
		if of.Obj().Pkg() == nil {
			return of.Obj().Name() == "error"
		}
		name := of.Obj().Pkg().Path() + "." + of.Obj().Name()
		if of.Obj().Pkg().Path() == "vendor" || t.plain[name] != 0 {
			return true
		}
		return t.isPlain(of.Underlying(), seen)
	case *types.TypeParam:
		return t.isPlainConstraint(of.Constraint().Underlying())
	case *types.Pointer:
		return t.isPlain(of.Elem(), seen)
	case *types.Slice:
		return t.isPlain(of.Elem(), seen)
	case *types.Array:
		return t.isPlain(of.Elem(), seen)
	case *types.Map:
		return t.isPlain(of.Key(), seen) && t.isPlain(of.Elem(), seen)
	case *types.Struct:
		for i := range of.NumFields() {
			if !t.isPlain(of.Field(i).Type(), seen) {
				return false
			}
		}
		return true
	}
	return false
}

// isPlainConstraint tells whether only numbers and texts have a type that satisfies the constraint.
func (t *table) isPlainConstraint(of types.Type) bool {
	constraint, ok := of.(*types.Interface)
	if !ok {
		return t.isPlain(of, nil)
	}
	for i := range constraint.NumEmbeddeds() {
		switch embedded := constraint.EmbeddedType(i).(type) {
		case *types.Union:
			for j := range embedded.Len() {
				if !t.isPlainConstraint(embedded.Term(j).Type().Underlying()) {
					return false
				}
			}
			return true
		default:
			if t.isPlainConstraint(embedded.Underlying()) {
				return true
			}
		}
	}
	return false
}

// rest prints what a package exports and the table does not speak of.
func (t *table) rest(path string) {
	if packages[path] == nil {
		fmt.Println("no package", path)
		return
	}
	short := func(other *types.Package) string {
		if other.Path() == path {
			return ""
		}
		return other.Path()
	}
	scope := packages[path].Scope()
	at := t.blocks[t.blockPackage(path)]
	said := func(at *block, name string) bool {
		if at == nil {
			return false
		}
		_, ok := at.facts[name]
		return ok
	}
	fmt.Println("@", path)
	for _, name := range scope.Names() {
		object := scope.Lookup(name)
		if !object.Exported() || said(at, name) {
			continue
		}
		if _, ok := object.(*types.TypeName); ok {
			continue
		}
		mark := ""
		if _, calls := object.(*types.Func); !calls && t.isPlain(object.Type(), nil) {
			mark = " (plain)"
		}
		fmt.Println("  ", types.ObjectString(object, short)+mark)
	}
	for _, name := range scope.Names() {
		object, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || !object.Exported() {
			continue
		}
		mark := ""
		if t.isPlain(object.Type(), nil) {
			mark = " (plain)"
		}
		of := path + "." + name
		fmt.Printf("@ %s%s %T\n", of, mark, object.Type().Underlying())
		inner := t.blocks[of]
		if alias := t.aliases[of]; alias != "" {
			inner = t.blocks[alias]
		}
		if structure, ok := object.Type().Underlying().(*types.Struct); ok {
			for i := range structure.NumFields() {
				if field := structure.Field(i); field.Exported() && !said(inner, field.Name()) {
					fmt.Println("   .", field.Name(), types.TypeString(field.Type(), short))
				}
			}
		}
		for _, member := range members(path, of) {
			if !said(inner, member) {
				fmt.Println("   ", types.ObjectString(find(path, of, member), short))
			}
		}
	}
}
