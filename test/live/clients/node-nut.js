// Acts by node-nut: one act a line on standard input, its answer ends with a dot.
'use strict';
const readline = require('readline');
const Nut = require('node-nut');

const [host, port, device, user, password] = process.argv.slice(2);
let nut, closed;

function pairs(found) {
	return Object.keys(found).map(name => name + ': ' + found[name]);
}

// node-nut says nothing when its connection ends in the middle: then "close" is the answer
function ask(call, show) {
	return new Promise((done, failed) => {
		if (closed)
			return failed('closed');
		nut.once('close', () => failed('closed'));
		call((found, error) => error ? failed(error) : done(show(found)));
	});
}

function connect() {
	return new Promise((done, failed) => {
		nut = new Nut(Number(port), host);
		nut.setMaxListeners(100);
		nut.on('error', failed);
		nut.on('close', () => { closed = true; });
		nut.on('ready', () => {
			nut.SetUsername(user, e1 => nut.SetPassword(password, e2 =>
			    e1 || e2 ? failed(e1 || e2) : done([])));
		});
		closed = false;
		nut.start();
	});
}

const acts = {
	connect,
	devices: () => ask(done => nut.GetUPSList(done), pairs),
	list: () => ask(done => nut.GetUPSVars(device, done), pairs),
	settable: () => ask(done => nut.GetRWVars(device, done), pairs),
	commands: () => ask(done => nut.GetUPSCommands(device, done), found => found.sort()),
	type: name => ask(done => nut.GetVarType(device, name, done), found => [found]),
	description: name => ask(done => nut.GetVarDescription(device, name, done), found => [found]),
	meaning: name => ask(done => nut.GetCommandDescription(device, name, done), found => [found]),
	run: name => ask(done => nut.RunUPSCommand(device, name, error => done('OK', error)), found => [found]),
	set: (name, value) => ask(done => nut.SetRWVar(device, name, value, error => done('OK', error)),
	    found => [found]),
	fsd: () => ask(done => nut.FSD(device, error => done('OK', error)), found => [found]),
	help: () => ask(done => nut.help(done), found => [found.trim()]),
	version: () => ask(done => nut.ver(done), found => [found.trim()]),
};

let before = Promise.resolve();
readline.createInterface({ input: process.stdin }).on('line', line => {
	const [act, ...words] = line.split(' ');
	before = before.then(() => acts[act](...words)).catch(error => ['error: ' + error]).then(answers => {
		process.stdout.write(answers.concat('.').join('\n') + '\n');
	});
}).on('close', () => before.then(() => process.exit(0)));
