# make [TESTING=1]    build; make install puts it into the PostgreSQL of PG_CONFIG
# make check          build, install into a private copy, run every test there
# make demo, bench    show it; measure it
# make pairs          every pair of statements against psql -1: docs/pairs.md
# make fuzz           odd input for all functions: docs/fuzz.md
# make real-scripts   upgrade scripts of real products: docs/real-scripts.md
# make chaos          an hour of faults: docs/chaos.md
#
# In the source directory everything is passed on to build/<major>/plain, so
# that objects of two majors never mix and the tree stays clean.

PG_CONFIG ?= pg_config
src := $(patsubst %/,%,$(dir $(abspath $(firstword $(MAKEFILE_LIST)))))

ours = check demo bench lint indent pairs real-scripts fuzz chaos
ifneq (,$(filter $(ours),$(MAKECMDGOALS)))

.PHONY: $(ours)
check demo lint indent pairs real-scripts fuzz chaos:
	PG_CONFIG='$(if $(filter file,$(origin PG_CONFIG)),,$(PG_CONFIG))' $(src)/tools/$@
bench:
	PG_CONFIG='$(if $(filter file,$(origin PG_CONFIG)),,$(PG_CONFIG))' $(src)/bench/run

else ifeq ($(src),$(CURDIR))

major := $(shell $(PG_CONFIG) --version | sed 's/[^0-9]*\([0-9]*\).*/\1/')
passed_on = all install uninstall installcheck clean distclean
.PHONY: $(passed_on)
$(passed_on):
	@mkdir -p build/$(major)/plain
	@$(MAKE) --no-print-directory -C build/$(major)/plain -f $(src)/Makefile VPATH=$(src) PG_CONFIG='$(PG_CONFIG)' $@

else

VPATH ?= $(src)
EXTENSION = pg_gradual
MODULE_big = pg_gradual
PGFILEDESC = "pg_gradual - plain SQL migrations, run in the background"
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(src)/pg_gradual.control)

sources := $(sort $(wildcard $(src)/src/*.c $(src)/src/*/*.c))
headers := $(sort $(wildcard $(src)/src/*.h $(src)/src/*/*.h))
pieces := $(sort $(wildcard $(src)/schema/[0-9]*.sql))
OBJS = $(patsubst $(src)/%.c,%.o,$(sources))
DATA = $(patsubst $(src)/%,%,$(sort $(wildcard $(src)/schema/*--*--*.sql)))
DATA_built = pg_gradual--$(EXTVERSION).sql

EXTRA_CLEAN = $(OBJS:.o=.d) layers.checked flags.built inputs.built pg_gradual_test--1.0.sql

WERROR = -Werror
override PG_CPPFLAGS += -I$(src)/src
override PG_CFLAGS += -Wall -Wextra $(WERROR) -Wno-unused-parameter -Wno-sign-compare

REGRESS = $(patsubst $(src)/sql/%.sql,%,$(sort $(wildcard $(src)/sql/*.sql)))
own_database = --launcher='$(src)/tools/own_database $(bindir)/psql'
REGRESS_OPTS = --load-extension=pg_gradual $(own_database)
ISOLATION = $(patsubst $(src)/test/specs/%.spec,%,$(sort $(wildcard $(src)/test/specs/*.spec)))
ISOLATION_OPTS = --inputdir=$(src)/test --load-extension=pg_gradual $(own_database)
TAP_TESTS = 1
PROVE_TESTS = $(patsubst $(src)/%,%,$(sort $(wildcard $(src)/test/t/*.pl)))
override PROVE_FLAGS += -I $(src)/test

# The hooks of the tests are an extension of their own over the same library.
# Our assertions work on a server that was built without its own.
ifdef TESTING
override PG_CPPFLAGS += -DGRADUAL_TESTING -DUSE_ASSERT_CHECKING=1
ifneq (,$(wildcard $(src)/test/hooks.sql))
DATA += test/pg_gradual_test.control
DATA_built += pg_gradual_test--1.0.sql
REGRESS_OPTS += --load-extension=pg_gradual_test
ISOLATION_OPTS += --load-extension=pg_gradual_test
endif
endif

# PGXS may track headers by base name; ours occur in more than one folder.
override autodepend =

PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

all: layers.checked

pg_gradual--$(EXTVERSION).sql: $(pieces) inputs.built
	cat $(pieces) > $@
pg_gradual_test--1.0.sql: $(src)/test/hooks.sql
	cp $< $@

layers.checked: $(src)/src/LAYERS $(src)/tools/layers.awk $(sources) $(headers)
	@awk -f $(src)/tools/layers.awk -v root=$(src)/src $(src)/src/LAYERS $(sources) $(headers)
	@touch $@

# Objects that were built with other flags, or for another server, are stale.
# (Not CPPFLAGS: a private copy of a server has another path, and no headers.)
flags := $(VERSION) $(PG_CPPFLAGS) $(CFLAGS)
# Their dependencies go, too: a tree that was moved could not be made any more.
$(shell echo '$(flags)' | cmp -s - flags.built || \
	{ rm -f $(OBJS:.o=.d); echo '$(flags)' > flags.built; })
$(OBJS) $(OBJS:.o=.bc): flags.built

# No rule: make would find the directories of the source tree by VPATH.
$(shell mkdir -p $(sort $(dir $(OBJS))))

# What is made from a file that was removed is newer than all that remain.
$(shell echo '$(OBJS) $(pieces)' | cmp -s - inputs.built || \
	echo '$(OBJS) $(pieces)' > inputs.built)
$(shlib): inputs.built

$(OBJS): override CFLAGS += -MMD -MP
-include $(OBJS:.o=.d)

endif
