// A CommonJS file in both builds: node looks through what an ES module imports from CommonJS for names, and reflect-metadata is long.
import 'reflect-metadata';
