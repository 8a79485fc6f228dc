#include "core/mem.h"
#include "drivers/hid/mend.h"

/* Usages of the Power Device (84h) and Battery System (85h) pages. */
#define VOLTAGE			UINT32_C(0x00840030)
#define CONFIG_VOLTAGE		UINT32_C(0x00840040)
#define CONFIG_ACTIVE_POWER	UINT32_C(0x00840044)
#define HIGH_VOLTAGE_TRANSFER	UINT32_C(0x00840054)
#define RUN_TIME_TO_EMPTY	UINT32_C(0x00850068)

static struct field *
find(struct descriptor *d, enum hid_kind kind, uint8_t report, uint32_t usage)
{
	size_t	i;

	for (i = 0; i < d->nfields; i++)
		if (d->fields[i].kind == kind && d->fields[i].report == report && d->fields[i].usage == usage)
			return &d->fields[i];
	return NULL;
}

/* Physical limits that repeat the logical ones go with them. */
static void
set_limits(struct field *f, int64_t min, int64_t max)
{
	if (f->physical_min == f->logical_min && f->physical_max == f->logical_max) {
		f->physical_min = min;
		f->physical_max = max;
	}
	f->logical_min = min;
	f->logical_max = max;
}

/* APC: the mains voltage cannot be held below what the transfer voltage may be set to. */
static void
mend_transfer(struct descriptor *d)
{
	const struct field	*high = find(d, HID_FEATURE, 0x33, HIGH_VOLTAGE_TRANSFER);
	struct field		*voltage = find(d, HID_FEATURE, 0x31, VOLTAGE);
	struct field		*nominal = find(d, HID_FEATURE, 0x30, CONFIG_VOLTAGE);

	if (high == NULL)
		return;
	if (voltage != NULL && high->logical_max > voltage->logical_max)
		set_limits(voltage, 0, 2 * high->logical_max);
	if (nominal != NULL && high->logical_max > nominal->logical_max)
		set_limits(nominal, nominal->logical_min, 255);
}

static int64_t
most(const struct field *f)
{
	return f->size >= 32 ? INT32_MAX : (INT64_C(1) << f->size) - 1;
}

/* CyberPower: limits of voltages copied from those of the transfer voltage, or cut off. */
static void
mend_copied(struct field *voltage, const struct field *high)
{
	if (voltage != NULL && high != NULL && voltage->logical_min == high->logical_min &&
	    voltage->logical_max == high->logical_max)
		set_limits(voltage, 0, 511);
}

static void
raise_limit(struct field *f, int64_t max)
{
	set_limits(f, f->logical_min, max < most(f) ? max : most(f));
}

static void
mend_guessed(struct field *in, struct field *out)
{
	int64_t	max = 511;

	if (in == NULL || out == NULL || (!in->guessed && !out->guessed))
		return;
	if (in->logical_max > max)
		max = in->logical_max;
	if (out->logical_max > max)
		max = out->logical_max;
	raise_limit(in, max);
	raise_limit(out, max);
}

static void
mend_voltage(struct descriptor *d)
{
	const struct field	*high = find(d, HID_FEATURE, 0x10, HIGH_VOLTAGE_TRANSFER);
	struct field		*in = find(d, HID_FEATURE, 0x0f, VOLTAGE), *out = find(d, HID_FEATURE, 0x12, VOLTAGE);
	struct field		*power = find(d, HID_FEATURE, 0x18, CONFIG_ACTIVE_POWER);

	mend_copied(in, high);
	mend_copied(out, high);
	mend_guessed(in, out);
	if (power != NULL && power->logical_max < 2048)
		set_limits(power, power->logical_min, 2048);
}

/* iDowell: the input report's maxima lie below their minima. */
static void
mend_maximum(struct descriptor *d)
{
	struct field	*runtime = find(d, HID_INPUT, 0x02, RUN_TIME_TO_EMPTY), *voltage = find(d, HID_INPUT, 0x02, VOLTAGE);

	if (runtime != NULL && runtime->guessed)
		set_limits(runtime, runtime->logical_min, 0x75ffffff);
	if (voltage != NULL && voltage->guessed)
		set_limits(voltage, voltage->logical_min, 65535);
}

static void (*const mends[])(struct descriptor *) = { mend_transfer, mend_voltage, mend_maximum };

const char *const	mend_names[] = { "transfer-limits", "voltage-limits", "input-maxima", NULL };

void
descriptor_mend(struct descriptor *d, unsigned which)
{
	if (which < nitems(mends))
		mends[which](d);
}
