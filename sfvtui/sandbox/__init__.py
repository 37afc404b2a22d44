"""Local Salesforce and Vitally servers and their demo world, for trying, testing and demos."""
