#include "unit.h"

#include <sys/stat.h>

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "bus/usbport.h"

static void
reads_a_port(void **state)
{
	struct usbport	 port;
	struct usbnode	 node = { .vendor = 0x051d, .product = 0x0002 };
	char		*why = NULL, serial[] = "AS1 2", path[] = "1-1.2";

	assert_true(usbport_read(&port, "vendor=051d product=0002 path=1-1.2", &why));
	assert_int_equal(port.vendor, 0x051d);
	assert_false(usbport_means(&port, &node));
	node.path = path;
	assert_true(usbport_means(&port, &node));
	node.product = 3;
	assert_false(usbport_means(&port, &node));
	usbport_free(&port);
	assert_true(usbport_read(&port, "serial=AS1", &why));
	node.serial = serial;
	assert_false(usbport_means(&port, &node));
	usbport_free(&port);
	assert_false(usbport_read(&port, "vendor=APC", &why));
	assert_non_null(why);
	free(why);
	usbport_free(&port);
}

static void
says_whose_node_it_is_and_which_rule_is_missing(void **state)
{
	char			 path[] = "/tmp/busbar-node-XXXXXX", *why, *said;
	struct usbnode		 node = { .vendor = 0x051d, .product = 0x0002, .node = path };
	const struct passwd	*self = getpwuid(geteuid());

	close(mkstemp(path));
	assert_int_equal(chmod(path, 0640), 0);
	why = usbnode_denied(&node);
	said = xasprintf("%s (051d:0002) belongs to %s and group ", path, self != NULL ? self->pw_name : "uid");
	assert_memory_equal(why, said, strlen(said));
	free(said);
	said = xasprintf("with mode 0640, and busbard runs as %s", self != NULL ? self->pw_name : "uid");
	assert_non_null(strstr(why, said));
	assert_non_null(strstr(why, "ATTR{idVendor}==\"051d\", ATTR{idProduct}==\"0002\", GROUP=\"busbar\", MODE=\"0660\""));
	free(said);
	free(why);
	unlink(path);
	why = usbnode_denied(&node);
	assert_non_null(strstr(why, "it is gone"));
	free(why);
}

int
main(void)
{
	const struct CMUnitTest	 tests[] = {
		cmocka_unit_test(reads_a_port),
		cmocka_unit_test(says_whose_node_it_is_and_which_rule_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
