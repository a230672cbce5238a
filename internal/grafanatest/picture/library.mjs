// In a browser, @grafana/data is imported as it is.
export * as data from '@grafana/data';
