module example.com/evaluated

go 1.24
