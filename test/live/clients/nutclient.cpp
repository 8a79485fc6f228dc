/* Acts by libnutclient: one act a line on standard input, its answer ends with a dot. */

#include <csignal>
#include <iostream>
#include <sstream>

#include <nutclient.h>

static void
act(nut::TcpClient &client, char **argv, std::istream &words)
{
	std::string	 what, name, value;
	const std::string	 device = argv[3];

	words >> what >> name >> value;
	if (what == "connect") {
		client.disconnect();
		client.setTimeout(5);
		client.connect(argv[1], std::stoi(argv[2]));
		client.authenticate(argv[4], argv[5]);
	} else if (what == "devices") {
		for (const auto &one : client.getDeviceNames())
			std::cout << one << ": " << client.getDeviceDescription(one) << "\n";
	} else if (what == "list") {
		for (const auto &one : client.getDeviceVariableValues(device))
			std::cout << one.first << ": " << one.second[0] << "\n";
	} else if (what == "get")
		std::cout << client.getDeviceVariableValue(device, name).at(0) << "\n";
	else if (what == "settable") {
		for (const auto &one : client.getDeviceRWVariableNames(device))
			std::cout << one << "\n";
	} else if (what == "commands") {
		for (const auto &one : client.getDeviceCommandNames(device))
			std::cout << one << "\n";
	} else if (what == "description")
		std::cout << client.getDeviceVariableDescription(device, name) << "\n";
	else if (what == "meaning")
		std::cout << client.getDeviceCommandDescription(device, name) << "\n";
	else if (what == "set")
		std::cout << client.setDeviceVariable(device, name, value) << "\n";
	else if (what == "run")
		std::cout << client.executeDeviceCommand(device, name, value) << "\n";
	else if (what == "track")
		client.setFeature(nut::Client::TRACKING, name == "on");
	else if (what == "tracked")
		std::cout << client.isFeatureEnabled(nut::Client::TRACKING) << "\n";
	else if (what == "result")
		std::cout << (client.getTrackingResult(name) == nut::SUCCESS ? "success" : "other") << "\n";
	else if (what == "login")
		client.deviceLogin(device);
	else if (what == "logins")
		std::cout << client.deviceGetNumLogins(device) << "\n";
	else if (what == "primary")
		client.devicePrimary(device);
	else if (what == "master")
		client.deviceMaster(device);
}

int
main(int argc, char **argv)
{
	nut::TcpClient	 client;
	std::string	 line;

	if (argc != 6)
		return 2;
	std::signal(SIGPIPE, SIG_IGN);
	while (std::getline(std::cin, line)) {
		std::istringstream	 words(line);

		try {
			act(client, argv, words);
		} catch (const std::exception &error) {
			std::cout << "error: " << error.what() << "\n";
		}
		std::cout << "." << std::endl;
	}
	return 0;
}
