# apugen: make demo (the main job on the shipped example), make check (all tests). See README.
.SUFFIXES:
.DELETE_ON_ERROR:

BUILD  ?= build
PREFIX ?= /usr/local
CC     ?= gcc
SAN    ?=
O      ?= -O3
JOBS   ?= 2

PKGS     := libxml-2.0 jansson libprotobuf-c zlib nettle
CPPFLAGS += -I. -I$(BUILD) -D_GNU_SOURCE -DAPUGEN_SRC='"$(CURDIR)"' -DAPUGEN_PREFIX='"$(PREFIX)"'
WARN     := -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wundef -Wno-missing-field-initializers
CFLAGS   := -std=c11 -g $(O) -ffp-contract=off -fno-strict-aliasing -pthread $(WARN) $(SAN) $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LDLIBS   := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lgif -lglpk -lcadical -lstdc++ -lm -pthread
ONNX_PROTO := /usr/include/onnx/onnx.proto

# Layers in the order of includes: a folder may use what stands before it (DESIGN §2; scripts/lint.sh checks it).
DIRS := gen/base gen/db techs cells templates mapper place route verify gen
SRC   = $(wildcard $(1)/*.c)
OBJ   = $(patsubst %.c,$(BUILD)/%.o,$(call SRC,$(1)))
PROTO := $(BUILD)/mapper/onnx.pb-c
LIBS := $(foreach d,$(filter-out gen,$(DIRS)),$(BUILD)/lib/$(subst /,_,$(d)).a)

# What each test program links: the folder under test and the layers below it.
LINK_base      := gen/base
LINK_db        := gen/db gen/base
LINK_techs     := techs gen/db gen/base
LINK_cells     := cells techs gen/db gen/base
LINK_templates := templates gen/db gen/base
LINK_mapper    := mapper techs gen/db gen/base
LINK_place     := place cells techs gen/db gen/base
LINK_route     := route verify cells techs gen/db gen/base
LINK_verify    := verify cells techs gen/db gen/base
LINK_gen       := gen verify route place mapper templates cells techs gen/db gen/base
LINK_bugs      := $(LINK_gen)
TESTDIRS := $(patsubst tests/%/,%,$(sort $(dir $(wildcard tests/*/*.c))))
lib = $(BUILD)/lib/$(subst /,_,$(1)).a

.PHONY: all deps demo check check-all unit lint bench install uninstall clean
all: deps
	@$(MAKE) --no-print-directory $(BUILD)/apugen

deps:
	@sh scripts/deps.sh build

$(BUILD)/apugen: $(BUILD)/gen/main.o $(call lib,gen) $(LIBS)
	$(CC) $(CFLAGS) -o $@ $(BUILD)/gen/main.o $(foreach d,$(LINK_gen),$(call lib,$(d))) $(LDLIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

# ONNX messages: generated at build time from Debian's own onnx.proto.
$(PROTO).c $(PROTO).h &: $(ONNX_PROTO)
	@mkdir -p $(@D)
	cd $(dir $(ONNX_PROTO)) && protoc-c --c_out=$(abspath $(@D)) $(notdir $(ONNX_PROTO))
$(PROTO).o: $(PROTO).c
	$(CC) $(CPPFLAGS) $(CFLAGS) -w -c -o $@ $<
$(call OBJ,mapper) $(call OBJ,tests/mapper): | $(PROTO).h

# Which sources draw, size and judge: their results are kept under these names (cells/draw_keep.c, gen/sized.c, gen/judge.c).
sources = $(sort $(wildcard $(patsubst %,%/*.[ch],$(1) techs gen/db gen/base)))
$(BUILD)/cells/draw_id.h: $(call sources,cells)
	@mkdir -p $(@D)
	@printf '#define DRAW_ID "%.64s"\n' "$$(cat $^ | sha256sum)" >$@
$(BUILD)/gen/judge_id.h: $(call sources,verify) gen/judge.c
	@mkdir -p $(@D)
	@printf '#define JUDGE_ID "%.64s"\n' "$$(cat $^ | sha256sum)" >$@
$(BUILD)/gen/size_id.h: $(call sources,cells route) gen/sized.c gen/drawn.c gen/drawn_adc.c verify/sar.h
	@mkdir -p $(@D)
	@printf '#define SIZE_ID "%.64s"\n' "$$(cat $^ | sha256sum)" >$@
$(BUILD)/cells/draw_keep.o: $(BUILD)/cells/draw_id.h
$(BUILD)/gen/judge.o: $(BUILD)/gen/judge_id.h
$(BUILD)/gen/sized.o: $(BUILD)/gen/size_id.h

define archive_rule
$(call lib,$(1)): $(filter-out $(BUILD)/gen/main.o,$(call OBJ,$(1))) $(if $(filter mapper,$(1)),$(PROTO).o)
	@mkdir -p $$(@D)
	@rm -f $$@
	ar crsD $$@ $$(filter %.o,$$^)
endef
$(foreach d,$(DIRS),$(eval $(call archive_rule,$(d))))

# One Criterion program per folder of tests: build/tests/mapper/run
define test_rule
$(BUILD)/tests/$(1)/run: $(call OBJ,tests/$(1)) $(foreach d,$(LINK_$(1)),$(call lib,$(d)))
	@mkdir -p $$(@D)
	$(CC) $(CFLAGS) -o $$@ $$^ $(LDLIBS) -lcriterion
unit-$(1): $(BUILD)/tests/$(1)/run
	$(BUILD)/tests/$(1)/run -j$(JOBS)
.PHONY: unit-$(1)
endef
$(foreach d,$(TESTDIRS),$(if $(LINK_$(d)),$(eval $(call test_rule,$(d)))))

unit: $(foreach d,$(TESTDIRS),$(if $(LINK_$(d)),$(BUILD)/tests/$(d)/run))

demo check check-all lint bench: deps
demo: all
	sh scripts/demo.sh $(BUILD)/apugen
check: all
	BUILD=$(BUILD) bash scripts/check.sh
check-all: all
	BUILD=$(BUILD) bash scripts/check.sh all
lint:
	bash scripts/lint.sh
bench: all
	BUILD=$(BUILD) bash bench/run.sh

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/share/apugen $(DESTDIR)$(PREFIX)/share/man/man1
	install -m 755 $(BUILD)/apugen $(DESTDIR)$(PREFIX)/bin/apugen
	install -m 644 docs/apugen.1 $(DESTDIR)$(PREFIX)/share/man/man1/apugen.1
	tar cf - techs/*/* templates/*.tpl mapper/arch | tar xf - -C $(DESTDIR)$(PREFIX)/share/apugen
uninstall:
	rm -f $(DESTDIR)$(PREFIX)/bin/apugen $(DESTDIR)$(PREFIX)/share/man/man1/apugen.1
	rm -rf $(DESTDIR)$(PREFIX)/share/apugen
clean:
	rm -rf $(BUILD) out

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
