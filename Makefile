# The front door. CMake presets and scripts/ do the work; see `make help`.

.PHONY: help run test bench lint fuzz soak install clean

help:
	@echo 'make run      build, start a gateway with sample services, and make a remote call'
	@echo '              (ONCE=1: make the call, clean up, and end)'
	@echo 'make test     build and run the whole test suite'
	@echo 'make bench    measure, and write build/bench/latest.json'
	@echo 'make lint     formatting, warnings of both compilers, static analysis, house rules'
	@echo 'make fuzz     explore the decoders with libFuzzer (SECONDS=60 each)'
	@echo 'make soak     everything at once, with cuts and kills (MINUTES=10)'
	@echo 'make install  install (PREFIX=/usr/local)'
	@echo 'make clean    remove build/; third-party libraries stay in their cache'
	@echo
	@echo 'What Debian has is installed when it is missing (as root, or with sudo).'
	@echo 'Third-party libraries are built once into $${VIADUCT_CACHE:-~/.cache/viaduct}.'

run:
	@scripts/run

test:
	@scripts/test

bench:
	@scripts/bench

lint:
	@scripts/lint

SECONDS ?= 60
fuzz:
	@scripts/fuzz $(SECONDS)

MINUTES ?= 10
soak:
	@scripts/soak $(MINUTES)

PREFIX ?= /usr/local
install:
	@scripts/install $(PREFIX)

clean:
	rm -rf build
