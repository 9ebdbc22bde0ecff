# Makes RDS calls with the AWS SDK for Ruby and prints what came of each as a line of JSON. Debian has the core of the
# SDK, without its client for RDS: three operations are defined here the way the SDK's own clients are made. Everything
# else stands in the environment. The arguments name the checks; a line is {"check", "ok", "detail"}.

require "aws-sdk-core"
require "json"

module RDS
  include Seahorse::Model

  TEXT = Shapes::StringShape.new(name: "String")

  def self.structure(**members)
    Shapes::StructureShape.new.tap do |shape|
      members.each do |name, (member, location)|
        shape.add_member(name, Shapes::ShapeRef.new(shape: member, location_name: location))
      end
      shape.struct_class = Struct.new(*members.keys, keyword_init: false) { include Aws::Structure }
    end
  end

  def self.list(member, location)
    Shapes::ListShape.new.tap { |list| list.member = Shapes::ShapeRef.new(shape: member, location_name: location) }
  end

  TAG = structure(key: [TEXT, "Key"], value: [TEXT, "Value"])
  INSTANCE = structure(
    db_instance_identifier: [TEXT, "DBInstanceIdentifier"],
    db_instance_arn: [TEXT, "DBInstanceArn"],
    tag_list: [list(TAG, "Tag"), "TagList"],
  )
  INPUT = structure(
    db_instance_identifier: [TEXT, "DBInstanceIdentifier"],
    db_instance_class: [TEXT, "DBInstanceClass"],
    engine: [TEXT, "Engine"],
    tags: [list(TAG, "Tag"), "Tags"],
  )
  ONE = structure(db_instance: [INSTANCE, "DBInstance"])
  SEVERAL = structure(db_instances: [list(INSTANCE, "DBInstance"), "DBInstances"])

  OPERATIONS = {
    create_db_instance: ["CreateDBInstance", ONE],
    describe_db_instances: ["DescribeDBInstances", SEVERAL],
    stop_db_instance: ["StopDBInstance", ONE],
  }.freeze

  MODEL = Api.new.tap do |api|
    api.version = "2014-10-31"
    api.metadata = {
      "endpointPrefix" => "rds", "protocol" => "query", "serviceId" => "RDS", "signatureVersion" => "v4",
      "xmlNamespace" => "http://rds.amazonaws.com/doc/2014-10-31/",
    }
    OPERATIONS.each do |method, (name, output)|
      operation = Operation.new
      operation.name, operation.http_method, operation.http_request_uri = name, "POST", "/"
      operation.input = Shapes::ShapeRef.new(shape: INPUT)
      operation.output = Shapes::ShapeRef.new(shape: output, metadata: { "resultWrapper" => "#{name}Result" })
      api.add_operation(method, operation)
    end
  end

  module Errors
    extend Aws::Errors::DynamicErrors
  end

  class Client < Seahorse::Client::Base
    include Aws::ClientStubs

    @identifier = :rds
    set_api(MODEL)
    # Those of the SDK's own clients; the endpoint comes from the partitions that the core knows.
    [
      Seahorse::Client::Plugins::ContentLength, Aws::Plugins::CredentialsConfiguration, Aws::Plugins::ParamConverter,
      Aws::Plugins::ParamValidator, Aws::Plugins::UserAgent, Aws::Plugins::RetryErrors, Aws::Plugins::StubResponses,
      Aws::Plugins::RegionalEndpoint, Aws::Plugins::DefaultsMode, Aws::Plugins::SignatureV4,
      Aws::Plugins::Protocols::Query,
    ].each { |plugin| add_plugin(plugin) }

    def self.errors_module = Errors

    OPERATIONS.each_key { |name| define_method(name) { |parameters = {}| build_request(name, parameters).send_request } }

    def build_request(name, parameters = {})
      context = Seahorse::Client::RequestContext.new(
        operation_name: name, operation: config.api.operation(name), client: self, params: parameters, config: config,
      )
      Seahorse::Client::Request.new(@handlers.for(name), context)
    end
  end
end

TAGS = [{ key: "note", value: "größer & <schöner> 🦀 + 1" }].freeze

def near
  @near ||= RDS::Client.new(region: "us-east-1")
end

def version
  "aws-sdk-core #{Aws::CORE_GEM_VERSION}, Ruby #{RUBY_VERSION}"
end

def allowed_call
  orders = { db_instance_identifier: "orders" }
  near.create_db_instance(**orders, db_instance_class: "db.t4g.micro", engine: "postgres", tags: TAGS)
  found = near.describe_db_instances(orders).db_instances.first
  raise "another tag: #{found.tag_list}" unless found.tag_list.map(&:to_h) == TAGS

  found.db_instance_arn
end

def denied_call
  near.stop_db_instance(db_instance_identifier: "orders")
  raise "was not denied"
rescue RDS::Errors::ServiceError => error
  { type: error.class.name, code: error.code, message: error.message }
end

def large_answer
  RDS::Client.new(region: "eu-west-1").describe_db_instances.db_instances.length
end

def untrusted_call
  near.describe_db_instances
  raise "was answered"
rescue Seahorse::Client::NetworkingError => error
  { type: error.class.name, message: error.message }
end

good = true
ARGV.each do |check|
  begin
    line = { check: check, ok: true, detail: send(check) }
  rescue StandardError => error
    line = { check: check, ok: false, detail: "#{error.class}: #{error.message}" }
    good = false
  end
  puts JSON.generate(line)
end
exit good
