// Command signatures writes transforms/src/signatures.txt: what functions, methods, fields and variables of the standard
// library are of which type, for types that generated code has to write. Run it with the newest Go that is supported:
//
//	go run scripts/signatures.go > transforms/src/signatures.txt
//
// With -check, the table of the file that follows is compared with the packages: what it says has to be so, but it need not say
// all.
package main

import (
	"fmt"
	"go/importer"
	"go/token"
	"go/types"
	"log"
	"os"
	"sort"
	"strings"
)

// packages are those whose values loops with a defer work on.
var packages = strings.Fields(`archive/tar archive/zip bufio bytes compress/bzip2 compress/flate compress/gzip compress/zlib
	context crypto/md5 crypto/sha1 crypto/sha256 crypto/sha512 crypto/tls database/sql encoding/base64 encoding/csv
	encoding/hex encoding/json encoding/xml errors fmt hash hash/crc32 hash/fnv html/template io io/fs io/ioutil log
	log/slog math/rand mime/multipart net net/http net/http/httptest net/url os os/exec path path/filepath regexp sort
	strconv strings sync sync/atomic testing text/template time unicode/utf8`)

func main() {
	log.SetFlags(0)
	if len(os.Args) == 3 && os.Args[1] == "-check" {
		check(os.Args[2])
		return
	}
	fmt.Print(written())
}

func written() string {
	var out strings.Builder
	from := importer.ForCompiler(token.NewFileSet(), "source", nil)
	for _, path := range packages {
		imported, err := from.Import(path)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Fprintf(&out, "@ %s\n%s", path, strings.Join(tableOf(imported).lines(), ""))
	}
	return out.String()
}

// check ends the program with an error where a table says what is not so.
func check(file string) {
	text, err := os.ReadFile(file)
	if err != nil {
		log.Fatal(err)
	}
	facts := said(written())
	wrong := false
	for name, of := range said(string(text)) {
		if facts[name] != of {
			wrong = true
			log.Printf("%s: %s is %q, not %q", file, name, facts[name], of)
		}
	}
	if wrong {
		os.Exit(1)
	}
}

// said has what a table says of each name, by package and name.
func said(text string) map[string]string {
	all := map[string]string{}
	of := ""
	for line := range strings.Lines(text) {
		names, types, isTyped := strings.Cut(strings.TrimSpace(line), " = ")
		words := strings.Fields(names)
		switch {
		case words[0] == "@":
			of = words[1]
			continue
		case !isTyped:
			types, words = words[0], words[1:]
		}
		for _, name := range words {
			key := of + " " + name
			if !isTyped {
				key = types + " " + key
			}
			all[key] = types
		}
	}
	return all
}

// table has the names of one package by what is said of them.
type table struct {
	of     *types.Package
	byType map[string][]string
	byKind map[string][]string
}

func tableOf(of *types.Package) *table {
	t := &table{of: of, byType: map[string][]string{}, byKind: map[string][]string{}}
	for _, name := range of.Scope().Names() {
		switch object := of.Scope().Lookup(name).(type) {
		case *types.Func:
			t.function(name, object)
		case *types.Var:
			t.value("."+name, object)
		case *types.TypeName:
			if object.Exported() {
				t.declared(name, object)
			}
		}
	}
	return t
}

func (t *table) lines() []string {
	var lines []string
	for of, names := range t.byType {
		lines = append(lines, strings.Join(names, " ")+" = "+of+"\n")
	}
	for kind, names := range t.byKind {
		lines = append(lines, kind+" "+strings.Join(names, " ")+"\n")
	}
	sort.Strings(lines)
	return lines
}

func (t *table) function(name string, function *types.Func) {
	signature := function.Type().(*types.Signature)
	if function.Exported() && signature.TypeParams().Len() == 0 && signature.Results().Len() > 0 {
		var results []string
		for i := range signature.Results().Len() {
			results = append(results, t.text(signature.Results().At(i).Type()))
		}
		t.add(name, strings.Join(results, ", "))
	}
}

func (t *table) value(name string, variable *types.Var) {
	if variable.Exported() {
		t.add(name, t.text(variable.Type()))
	}
}

// add leaves out what the reader of the table does not know how to read.
func (t *table) add(name, of string) {
	if !strings.ContainsAny(of, "({") && !strings.Contains(of, "invalid") && !strings.Contains(of, "[T") {
		t.byType[of] = append(t.byType[of], name)
	}
}

func (t *table) text(of types.Type) string {
	return types.TypeString(of, func(other *types.Package) string {
		if other == t.of {
			return ""
		}
		return other.Path()
	})
}

func (t *table) declared(name string, object *types.TypeName) {
	named, ok := types.Unalias(object.Type()).(*types.Named)
	if !ok || named.TypeParams().Len() > 0 {
		return
	}
	for i := range named.NumMethods() {
		t.function(name+"."+named.Method(i).Name(), named.Method(i))
	}
	switch under := named.Underlying().(type) {
	case *types.Interface:
		for i := range under.NumMethods() {
			t.function(name+"."+under.Method(i).Name(), under.Method(i))
		}
		t.byKind["interface"] = append(t.byKind["interface"], name)
		return
	case *types.Struct:
		for i := range under.NumFields() {
			t.value("."+name+"."+under.Field(i).Name(), under.Field(i))
		}
	}
	if copies(named) {
		t.byKind["value"] = append(t.byKind["value"], name)
	}
}

// copies says whether a value may be copied, and no method can write to the variable that it is called on but those that
// decode into it. A structure with another one inside may hold a lock, so it does not count.
func copies(named *types.Named) bool {
	for i := range named.NumMethods() {
		method := named.Method(i)
		_, pointer := method.Type().(*types.Signature).Recv().Type().(*types.Pointer)
		decodes := strings.HasPrefix(method.Name(), "Unmarshal") || method.Name() == "GobDecode" || !method.Exported()
		if pointer && !decodes {
			return false
		}
	}
	structure, ok := named.Underlying().(*types.Struct)
	if !ok {
		return true
	}
	for i := range structure.NumFields() {
		switch of := types.Unalias(structure.Field(i).Type()).(type) {
		case *types.Named:
			_, basic := of.Underlying().(*types.Basic)
			if !basic && !types.IsInterface(of) {
				return false
			}
		case *types.Struct, *types.Array, *types.TypeParam:
			return false
		}
	}
	return true
}
