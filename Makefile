# What CI runs is what you run: .ci/run calls these targets.

TERRAFORM ?= $(shell command -v terraform || command -v tofu)
export CHECKPOINT_DISABLE = 1
BUILT := $(or $(CARGO_TARGET_DIR),target)

# The chores in the build that the tests have anyway: a test among the targets selects the features that all tests together select,
# so that no dependency is compiled a second time.
TOOLS := cargo build --locked --quiet --workspace --all-features --bins --test objects_misuse
CHORES := $(TOOLS) && $(BUILT)/debug/xtask

# How long `make fuzz` stays at each door.
FUZZ_SECONDS ?= 60

.PHONY: help build demo test fuzz bench docs check fmt clean

help: ## Show the targets.
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

build: ## Build the provider for use.
	cargo build --locked --release --package terraform-provider-omni

demo: build ## Bring a cluster up on the embedded plane with a real terraform or tofu, check it, destroy it.
	@cargo run --locked --quiet --package xtask --no-default-features -- demo

test: ## Run all tests, and print what they have shown of each object.
	@rm -rf target/cases
	OMNI_CASES=$(CURDIR)/target/cases cargo test --locked --workspace --all-features
	@$(CHORES) cases target/cases

fuzz: ## Send every door what cargo-fuzz comes up with, FUZZ_SECONDS each.
	@$(TOOLS) && $(BUILT)/debug/seeds fuzz/corpus
	@for door in $$(cargo +nightly fuzz list); do \
		cargo +nightly fuzz run $$door -- -max_total_time=$(FUZZ_SECONDS) -timeout=30 -rss_limit_mb=4096 || exit 1; \
	done

bench: ## Measure, and print the floor beside each figure.
	cargo bench --locked --package terraform-provider-omni --bench provider
	cargo bench --locked --package tfplugin --package omni-plane --features tfplugin/testing --bench start --bench values --bench store --bench scale

docs: ## Generate docs/ and the golden schema.
	$(CHORES) docs

check: ## Formatting, lints, dependencies, drift of generated files.
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets --all-features -- --deny warnings
	cargo check --locked --package terraform-provider-omni --no-default-features
	cargo deny --locked check bans licenses sources
	$(CHORES) docs --check

fmt: ## Format the code and the examples.
	cargo fmt --all

clean: ## Remove what was built.
	cargo clean
