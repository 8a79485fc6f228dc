noinst_LIBRARIES += libdrivers.a
libdrivers_a_SOURCES = drivers/drivers.c

libdrivers_a_SOURCES += \
	drivers/sim/act.c drivers/sim/act.h drivers/sim/dev.c drivers/sim/dev.h \
	drivers/sim/orders.c drivers/sim/points.c drivers/sim/points.h \
	drivers/sim/rights.c drivers/sim/rights.h drivers/sim/sim.c drivers/sim/sim.h \
	drivers/sim/state.c drivers/sim/state.h
