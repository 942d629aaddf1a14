module example.com/httpbodies

go 1.24
