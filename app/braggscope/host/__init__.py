"""The host: plugins, workers, jobs, results. Window and command line talk to `Host`."""
